// Deno's own server.
Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: ({ port }) => { console.log(JSON.stringify({ port })); } }, (request) => {
  if (request.headers.get("upgrade") !== "websocket") return new Response("WebSocket only", { status: 426 });
  const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => { socket.send(data); };
  return response;
});
