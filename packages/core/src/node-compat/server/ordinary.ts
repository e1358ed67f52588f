import type { IncomingMessage, ServerResponse } from "node:http";
import { type Duplex, Readable } from "node:stream";
import type { NodeHandler, NodeModules } from "../node-modules.ts";

/** Whether a request is for a WebSocket; any other upgrade is an offer that a server may ignore (RFC 9110 §7.8). */
export const asksForWebSocket = ({ headers: { upgrade = "" } }: IncomingMessage): boolean =>
  upgrade.split(",").some((protocol) => /^\s*websocket\s*$/i.test(protocol));

/** Keeps the answers of a connection in order: an upgrade that was pipelined behind a request waits for its answer (RFC 9112 §9.3.2). */
export class AnswerLine {
  readonly handle: NodeHandler;
  private readonly last = new WeakMap<object, ServerResponse>();

  /** @param handle answers ordinary requests */
  constructor(handle: NodeHandler) {
    this.handle = (request, response) => {
      this.last.set(request.socket, response);
      handle(request, response);
    };
  }

  /** Calls `next` once all earlier requests on `socket` have been answered. */
  behind(socket: Duplex, next: () => void): void {
    const before = this.last.get(socket);
    if (before === undefined || before.writableFinished || before.destroyed) return next();
    const ignore = (): void => {};
    socket.on("error", ignore);
    before.once("close", () => {
      next();
      socket.removeListener("error", ignore);
    });
    return undefined;
  }
}

/**
 * Answers a request whose offer to upgrade is ignored, such as one of HTTP/2 in the clear. `node:http` has released the socket by now: the
 * response is its last. A body is read where its length is known.
 */
export function answerAsOrdinary(
  { http }: Pick<NodeModules, "http">,
  request: IncomingMessage,
  socket: Duplex,
  handle: NodeHandler,
  head: Uint8Array,
): void {
  const length = Number(request.headers["content-length"] ?? 0);
  const isChunked = request.headers["transfer-encoding"] !== undefined;
  const asked = length > 0 && !isChunked ? withBody(request, socket, head, length) : request;
  const response = new http.ServerResponse(asked);
  response.shouldKeepAlive = false;
  socket.on("error", () => {
    socket.destroy();
  });
  response.assignSocket(socket as IncomingMessage["socket"]);
  response.on("finish", () => {
    socket.end();
  });
  socket.resume();
  if (isChunked) response.writeHead(411).end();
  else handle(asked, response);
}

/** `request`, with the body that the runtime has left in the socket, or read already; the first of it may be in `head`. */
function withBody(
  request: IncomingMessage,
  socket: Duplex,
  head: Uint8Array,
  length: number,
): IncomingMessage {
  const { method, url, headers, rawHeaders, httpVersion, httpVersionMajor, httpVersionMinor } =
    request;
  let left = length;
  const body = new Readable({
    read() {
      socket.resume();
    },
  });
  const asked = Object.assign(body, {
    method,
    url,
    headers,
    rawHeaders,
    httpVersion,
    httpVersionMajor,
    httpVersionMinor,
    socket,
    complete: false,
  });
  const receive = (chunk: Uint8Array): void => {
    const part = chunk.subarray(0, left);
    left -= part.length;
    if (part.length > 0 && !body.push(part) && left > 0) socket.pause();
    if (left > 0) return;
    asked.complete = true;
    socket.removeListener("data", receive);
    body.push(null);
    socket.resume();
  };
  // Node leaves it in the socket; Deno and Bun give it to the request.
  socket.on("data", receive);
  request.on("data", receive);
  socket.once("close", () => {
    if (left > 0) body.destroy(new Error("The client left before its request was complete"));
  });
  body.on("error", () => {});
  if (head.length > 0) receive(head);
  return asked as unknown as IncomingMessage;
}
