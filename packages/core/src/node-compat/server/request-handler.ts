import { bridge, type ErrorHandler, type FetchHandler } from "./fetch-bridge.ts";
import type { NodeHandler, NodeModules } from "../node-modules.ts";

/**
 * What answers a server's ordinary requests. Without `fetch` it is 426: the server speaks WebSocket only (RFC 9110 §15.5.22).
 *
 * The bridge to `fetch` is loaded when it is wanted: on Node it wakes the runtime's own `fetch`, which takes 50 ms and 9 MB that a server or client
 * of WebSockets alone should not pay. Requests that come before it is there wait.
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

/** For whoever runs the server: a WebSocket client gets here where a proxy has not passed its `Upgrade` on. */
const UPGRADE_REQUIRED = `This server speaks WebSocket, and the request came without "Upgrade: websocket".
If it was a WebSocket client's, a proxy in between has dropped the field. nginx passes it on by:
  proxy_http_version 1.1;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection "upgrade";
`;

const upgradeRequired: NodeHandler = (request, response) => {
  // HTTP/2 upgrades nothing: there it is the method that is another.
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
