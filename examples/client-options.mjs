// A client with most of its options: node client-options.mjs wss://example.com/chat http://user:password@proxy.example:3128
import { connect, ConnectError } from "@sansocket/node-adapter";

const [url = "ws://localhost:8080/", proxy] = process.argv.slice(2);
try {
  const socket = await connect(url, {
    protocols: ["chat", "echo"], // the server chooses one: socket.protocol
    headers: { Authorization: "Bearer 42", Cookie: "theme=dark" }, // neither is sent to another origin
    proxy: { origin: proxy }, // undefined is none
    followRedirects: true,
    signal: AbortSignal.timeout(5000), // for the opening
  });
  socket.send("Hello");
  for await (const message of socket) {
    console.log(message);
    socket.close();
  }
} catch (error) {
  if (!(error instanceof ConnectError)) throw error;
  console.error(error.message); // says what to do; error.code, status, headers, body and cause are for programs
  process.exitCode = 1;
}
