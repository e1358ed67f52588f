// Prints the events of all sockets in a process: diagnostics_channel has them, with no listener on any socket.
import { subscribe } from "node:diagnostics_channel";
import { connect, serve } from "@sansocket/node-adapter";

const server = serve({
  hostname: "127.0.0.1",
  protocols: ["chat"],
  websocket: { message: (socket, data) => socket.send(`You said: ${data}`) },
});
await server.ready;

const NAMES = { 1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong" };
const isServers = (socket) => socket.request !== undefined; // both sides are in this process
const on = (name, tell) =>
  subscribe(`sansocket:websocket:${name}`, (message) => {
    if (!isServers(message.websocket)) console.log(tell(message));
  });

const frame = ({ opcode, payload }) =>
  NAMES[opcode] + (opcode === 8 ? "" : `: ${new TextDecoder().decode(payload)}`);
on("open", ({ address, protocol }) => `open at ${address}, protocol ${protocol}`);
on("frame_sent", (sent) => `sent ${frame(sent)}`);
on("frame_received", (received) => `received ${frame(received)}`);
on("pong", ({ websocket }) => (websocket.latency.last >= 0 ? "pong after a round trip" : ""));
on("socket_error", ({ error }) => `error: ${error.message}`);
on("close", ({ code }) => `close ${code}`);

const socket = await connect(server.url, { protocols: ["chat"] });
socket.send("Hello");
for await (const _ of socket) {
  await new Promise((resolve) => socket.ping("p", resolve));
  socket.close();
}
await server.stop();
