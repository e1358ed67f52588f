// A span of OpenTelemetry for every socket of the process, from its opening to its closing: node --import ./spans.mjs server.mjs
import { subscribe } from "node:diagnostics_channel";
import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";

const tracer = trace.getTracer("sansocket");
const spans = new WeakMap(); // by socket
const on = (name, listener) => subscribe(`sansocket:websocket:${name}`, listener);

on("open", ({ websocket, address, protocol }) => {
  const isServer = websocket.request !== undefined;
  const span = tracer.startSpan("websocket", {
    kind: isServer ? SpanKind.SERVER : SpanKind.CLIENT,
    attributes: {
      "url.full": websocket.url,
      "network.peer.address": address,
      "network.protocol.name": "websocket",
      "websocket.subprotocol": protocol,
    },
  });
  spans.set(websocket, { span, sent: 0, received: 0 });
});

// Counts frames. An event per frame would be span.addEvent("message", …) here.
on("frame_sent", ({ websocket }) => {
  const entry = spans.get(websocket);
  if (entry !== undefined) entry.sent++;
});
on("frame_received", ({ websocket }) => {
  const entry = spans.get(websocket);
  if (entry !== undefined) entry.received++;
});

on("socket_error", ({ websocket, error }) => {
  const span = spans.get(websocket)?.span;
  span?.recordException(error);
  span?.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
});

on("close", ({ websocket, code }) => {
  const entry = spans.get(websocket);
  if (entry === undefined) return; // it was never open
  const { span, sent, received } = entry;
  span.setAttributes({
    "websocket.close_code": code,
    "websocket.frames_sent": sent,
    "websocket.frames_received": received,
  });
  span.end();
});
