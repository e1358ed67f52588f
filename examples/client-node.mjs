import { connect } from "@sansocket/node-adapter";

const socket = await connect(process.argv[2] ?? "ws://localhost:8080/");
socket.on("message", ({ data }) => {
  console.log(`Received: ${data}`);
  socket.close(1000, "that is all");
});
socket.on("close", ({ code, reason }) => console.log(`Closed: ${code} ${reason}`));
socket.send("Hello");
