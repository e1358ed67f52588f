// Your own node:http2 server, and your own session (here without TLS: h2c).
import http2 from "node:http2";
import { connect, upgrade } from "@sansocket/node-adapter";

const server = http2.createServer({ settings: { enableConnectProtocol: true } });
server.on("stream", (stream, headers) => {
  if (headers[":method"] !== "CONNECT")
    return stream.respond({ ":status": 200 }, { endStream: true });
  const ws = upgrade(stream, headers, { protocols: ["chat"] });
  ws.on("message", (event) => ws.send(event));
});
server.listen(0, "localhost", async () => {
  const { port } = server.address();
  const session = http2.connect(`http://localhost:${port}`);
  const ws = await connect(`ws://localhost:${port}/`, { session, protocols: ["chat"] });
  ws.send("Hello from a stream");
  for await (const message of ws) {
    console.log(`${ws.protocol}: ${message}`);
    ws.close();
  }
  session.close();
  server.close();
});
