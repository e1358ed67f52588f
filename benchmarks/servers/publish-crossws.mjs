// crossws: on Node over the `ws` that it brings along, on Bun over Bun's own server and topics.
import { createServer } from "node:http";
import { answerFor, topicsOf } from "./publish-mode.mjs";

const sockets = new Set();
const hooks = {
  open(peer) {
    sockets.add(peer);
    for (const topic of topicsOf(peer.request.url)) peer.subscribe(topic);
  },
  close: (peer) => sockets.delete(peer),
};

async function onBun() {
  const { default: crossws } = await import("crossws/adapters/bun");
  const adapter = crossws({ hooks });
  const server = globalThis.Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request, self) => adapter.handleUpgrade(request, self),
    websocket: { ...adapter.websocket, idleTimeout: 0 },
  });
  return [adapter, server.port];
}

async function onNode() {
  const { default: crossws } = await import("crossws/adapters/node");
  const adapter = crossws({ hooks, idleTimeout: 0 });
  const server = createServer();
  server.on(
    "upgrade",
    (request, socket, head) => void adapter.handleUpgrade(request, socket, head),
  );
  await new Promise((done) => {
    server.listen(0, "127.0.0.1", 4096, done);
  });
  return [adapter, server.address().port];
}

const [adapter, port] = await (globalThis.Bun ? onBun() : onNode());
answerFor({
  port,
  sockets: () => sockets,
  subscribe: (peer, topic) => peer.subscribe(topic),
  publish: (topic, data) => adapter.publish(topic, data),
});
