import type { NodeLayer, ToNodeHandler } from "../node-modules.ts";
import type { NodeHandler } from "./request-handler.ts";
import { warn } from "../warning.ts";

/** Answers an ordinary HTTP request, as everywhere that has `fetch`. */
export type FetchHandler = (request: Request) => Response | Promise<Response>;

const failure = (status: number, text: string): Response =>
  new Response(`${text}\n`, { status, headers: { "content-type": "text/plain; charset=utf-8" } });

/** What to answer when `fetch` throws. */
export type ErrorHandler = (error: unknown) => Response | Promise<Response>;

const internalError =
  (layer: Pick<NodeLayer, "emitWarning">) =>
  (error: unknown): Response => {
    warn(layer, error);
    return failure(500, "Internal Server Error");
  };

/**
 * Makes a `fetch` handler answer for `node:http`. No header says whom the request is from: `X-Forwarded-*` is not trusted.
 *
 * @param onError answers when `fetch` throws. By default 500, and a process warning with the stack.
 */
export function bridge(
  layer: Pick<NodeLayer, "emitWarning">,
  toNodeHandler: ToNodeHandler,
  fetch: FetchHandler,
  onError?: ErrorHandler,
): NodeHandler {
  const fallback = internalError(layer);
  const guarded = async (request: Request): Promise<Response> => {
    try {
      const response: unknown = await fetch(request);
      if (typeof response === "object" && response !== null) return response as Response;
      throw new TypeError(`fetch: expected a Response, got ${String(response)}`);
    } catch (error) {
      // Should the handler of errors fail too, ours is left.
      return Promise.resolve(error)
        .then(onError ?? fallback)
        .catch(fallback);
    }
  };
  const handle = toNodeHandler(guarded, { trustProxy: false });
  return (request, response) => {
    // Anything else is no path of ours, and no URL could be made of it.
    if (/^(?:\/|\*$|https?:\/\/)/i.test(request.url ?? "")) handle(request, response);
    else response.writeHead(400, request.httpVersionMajor > 1 ? {} : { connection: "close" }).end();
  };
}
