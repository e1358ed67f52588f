/** A conversation of every kind, for `SANSOCKET_RECORD`: compressed both ways, binary, a violation, an event stream. `conversation.mjs node-adapter` */
const { connect, EventSourceClient, eventSource, serve } = await import(
  `@sansocket/${process.argv[2]}`
);

const server = serve({
  port: 0,
  hostname: "127.0.0.1",
  perMessageDeflate: { threshold: 0, serverNoContextTakeover: false },
  fetch(request) {
    const { response, source } = eventSource(request, { retry: 1 });
    source.send("one", { id: 1 });
    source.close();
    return response;
  },
  websocket: {
    message(socket, data) {
      socket.send(data);
    },
  },
});
await server.ready;
const { port } = new URL(server.url);

const url = `ws://127.0.0.1:${port}/?token=secret`;
const socket = await connect(url, {
  perMessageDeflate: { threshold: 0 },
  headers: { Cookie: "session=secret" },
});
let echoed = 0;
const all = new Promise((resolve) => {
  socket.on("message", () => {
    if (++echoed === 4) resolve(undefined);
  });
});
socket.send("hello ".repeat(1000));
socket.send("é水😀 ".repeat(500));
socket.send(new Uint8Array(100_000).fill(7));
socket.send("");
await all;
socket.close(4000, "enough");
await socket.closed;

const source = new EventSourceClient(`http://127.0.0.1:${port}/events`);
await new Promise((resolve) => {
  source.on("message", resolve);
});
source.close();
await server.stop({ timeout: 1000 }).catch(() => {});
process.exit(0);
