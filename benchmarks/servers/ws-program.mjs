import { listen, mode, server } from "./mode.mjs";

/** Serves as a user of `ws` would, with any class that has its API. */
export function serveWith(WebSocketServer) {
  const sockets = new WebSocketServer({
    server,
    perMessageDeflate: mode === "deflate" || mode === "takeover",
  });
  sockets.on("connection", (socket) => {
    socket.on("error", () => {});
    socket.on("message", (data, binary) => {
      if (mode !== "broadcast" && mode !== "loop") socket.send(data, { binary });
      else for (const other of sockets.clients) other.send(data, { binary });
    });
  });
  listen();
}
