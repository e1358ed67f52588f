// Bun's own server.
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch: (request, server) => server.upgrade(request) ? undefined : new Response("WebSocket only", { status: 426 }),
  websocket: { perMessageDeflate: false, idleTimeout: 0, message: (socket, data) => { socket.send(data); } },
});
console.log(JSON.stringify({ port: server.port }));
