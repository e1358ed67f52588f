/** Gives opening requests to a framework's own middleware and routes, as if they were ordinary: what refuses a page refuses a socket. */
import { ServerResponse } from "node:http";
import { upgrade } from "@sansocket/node-adapter";

const openings = new WeakMap();

/**
 * @param server of `node:http`
 * @param handle the framework's function of a request and a response
 */
export function routeOpenings(server, handle) {
  server.on("upgrade", (request, socket, head) => {
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    // An HTTP response refuses the opening.
    response.once("finish", () => socket.end());
    // While middleware waits for something, the client may leave.
    const left = () => socket.destroy();
    socket.on("error", left);
    openings.set(request, { socket, head, response, left });
    handle(request, response);
  });
}

/** Whether a request asks for a WebSocket, and nobody has accepted it yet. */
export const isOpening = (request) => openings.has(request);

/** Accepts it: a socket, with the options of `upgrade`. From here on the framework has no more to say. */
export function accept(request, options) {
  const { socket, head, response, left } = openings.get(request);
  openings.delete(request);
  response.detachSocket(socket);
  const opened = upgrade(request, socket, head, options);
  socket.off("error", left);
  return opened;
}
