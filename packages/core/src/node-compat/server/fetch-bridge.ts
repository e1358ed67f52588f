import type { IncomingMessage, ServerResponse } from "node:http";
import { checkUnread } from "../../shell/server/refusal.ts";
import { DROPPED } from "../../shell/transport/body.ts";
import type { NodeHandler, NodeModules, ToNodeHandler } from "../node-modules.ts";
import { warn } from "../warning.ts";

/** Answers an ordinary HTTP request, as everywhere that has `fetch`. */
export type FetchHandler = (request: Request) => Response | Promise<Response>;

const failure = (status: number, text: string): Response =>
  new Response(`${text}\n`, { status, headers: { "content-type": "text/plain; charset=utf-8" } });

/** Makes the response when `fetch` throws. */
export type ErrorHandler = (error: unknown) => Response | Promise<Response>;

const internalError =
  (layer: Pick<NodeModules, "emitWarning">) =>
  (error: unknown): Response => {
    warn(layer, error);
    return failure(500, "Internal Server Error");
  };

/**
 * Wraps `fetch` so that it always returns a `Response` that can be sent.
 * @param onError makes the response when `fetch` throws, or returns another value. By default 500, and a process warning with the stack.
 */
export function guardedFetch(
  layer: Pick<NodeModules, "emitWarning">,
  fetch: FetchHandler,
  onError?: ErrorHandler,
): (request: Request) => Promise<Response> {
  const fallback = internalError(layer);
  return async (request) => {
    try {
      return usable(await fetch(request));
    } catch (error) {
      // If the application's error handler fails too, the default one answers.
      return Promise.resolve(error)
        .then(onError ?? fallback)
        .then(usable)
        .catch(fallback);
    }
  };
}

/**
 * Makes a `fetch` handler answer for `node:http`. It trusts no header about the client: it ignores `X-Forwarded-*`.
 *
 * @param onError answers when `fetch` throws. By default 500, and a process warning with the stack.
 */
export function bridge(
  layer: Pick<NodeModules, "emitWarning">,
  toNodeHandler: ToNodeHandler,
  fetch: FetchHandler,
  onError?: ErrorHandler,
): NodeHandler {
  const guarded = guardedFetch(layer, fetch, onError);
  const handle = toNodeHandler(guarded, { trustProxy: false });
  return (request, response) => {
    // Anything else is no path of ours, and no URL could be made of it.
    if (!/^(?:\/|\*$|https?:\/\/)/i.test(request.url ?? "")) {
      response.writeHead(400, request.httpVersionMajor > 1 ? {} : { connection: "close" }).end();
      return;
    }
    outliveBody(request, response);
    // After the head, errors can only be reported: a body that fails, say.
    response.once("close", () => {
      const { errored } = response as { errored?: unknown };
      if (errored && (errored as { code?: unknown }).code !== DROPPED) warn(layer, errored);
    });
    Promise.resolve(handle(request, response) as unknown).catch((error: unknown) => {
      warn(layer, error);
      response.destroy();
    });
  };
}

/** @throws {TypeError} for a value that cannot be sent: no `Response`, or one whose body has been read, or is being read. */
function usable(response: unknown): Response {
  if (typeof response !== "object" || response === null || !("headers" in response)) {
    throw new TypeError(`fetch: expected a Response, got ${String(response)}`);
  }
  checkUnread("fetch", response);
  return response as Response;
}

/**
 * Stops reading a request body that the application cancels, without effect on the connection, the response and `request.signal`. Node
 * would destroy the request, and in some cases the connection.
 */
function outliveBody(request: IncomingMessage, response: ServerResponse): void {
  const destroy = request.destroy.bind(request);
  const { socket } = request;
  request.destroy = (error) => {
    if (request.complete) return destroy(); // all of it has come: the cancelled rest is no error of the connection
    if (response.writableEnded || response.destroyed || socket.destroyed) return destroy(error);
    request.removeAllListeners("data");
    request.resume();
    return request;
  };
}
