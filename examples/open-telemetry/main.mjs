// Two sockets, and the spans of both: npm run test:telemetry
import { SpanStatusCode, trace } from "@opentelemetry/api";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import "./spans.mjs";
import { connect, serve } from "@sansocket/node-adapter";

const exporter = new InMemorySpanExporter();
trace.setGlobalTracerProvider(
  new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
);

const server = serve({
  hostname: "127.0.0.1",
  websocket: { message: (socket, data) => socket.send(data) },
});
await server.ready;
const socket = await connect(server.url);
socket.send("Hello");
for await (const _ of socket) socket.close();
await server.stop();

for (const { name, kind, attributes, status } of exporter.getFinishedSpans())
  console.log(
    name,
    kind,
    attributes["websocket.close_code"],
    attributes["websocket.frames_sent"],
    attributes["websocket.frames_received"],
    status.code === SpanStatusCode.ERROR ? "failed" : "well",
  );
