import { bridge, type ErrorHandler, type FetchHandler } from "./fetch-bridge.ts";
import type { NodeHandler, NodeModules } from "../node-modules.ts";

/**
 * Makes the handler of a server's ordinary requests. Without `fetch` it answers 426: the server speaks WebSocket only (RFC 9110 §15.5.22).
 *
 * It loads the bridge to `fetch` at first use: on Node the bridge loads the runtime's own `fetch`, which takes 50 ms and 9 MB that a server or client
 * of WebSockets alone should not pay. Requests wait for it.
 */
export function requestHandler(
  layer: Pick<NodeModules, "loadFetchBridge" | "emitWarning">,
  fetch: FetchHandler | undefined,
  onError: ErrorHandler | undefined,
): NodeHandler {
  if (fetch === undefined) return upgradeRequired;
  let handle: NodeHandler | undefined;
  const loading = layer
    .loadFetchBridge()
    .then((toNodeHandler) => (handle = bridge(layer, toNodeHandler, fetch, onError)));
  return (request, response) => {
    if (handle === undefined)
      void loading.then((loaded) => {
        loaded(request, response);
      });
    else handle(request, response);
  };
}

/** A hint for the operator: a WebSocket client gets here where a proxy has not passed its `Upgrade` on. */
const UPGRADE_REQUIRED = `This server speaks WebSocket, and the request came without "Upgrade: websocket".
If it was a WebSocket client's, a proxy in between has dropped the field. nginx passes it on by:
  proxy_http_version 1.1;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection "upgrade";
`;

const upgradeRequired: NodeHandler = (request, response) => {
  // HTTP/2 has no upgrade: there the method differs.
  if (request.httpVersionMajor > 1)
    return void response
      .writeHead(405, { "Content-Type": "text/plain; charset=utf-8", Allow: "CONNECT" })
      .end("This server speaks WebSocket.\n");
  const headers = {
    "Content-Type": "text/plain; charset=utf-8",
    Upgrade: "websocket",
    Connection: "Upgrade",
  };
  response.writeHead(426, headers).end(UPGRADE_REQUIRED);
};
