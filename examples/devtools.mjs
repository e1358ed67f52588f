// Shows sockets in the Network panel of DevTools: node --inspect --experimental-network-inspection --import ./devtools.mjs server.mjs
import { subscribe } from "node:diagnostics_channel";
import inspector from "node:inspector";

const { webSocketCreated, webSocketHandshakeResponseReceived, webSocketClosed } =
  inspector.Network ?? {}; // Node 24.7 and later have them
if (webSocketCreated === undefined) console.log("This runtime shows no sockets in DevTools");
else {
  const ids = new WeakMap(); // by socket
  let last = 0;
  const now = () => performance.now() / 1000; // monotonic, in seconds

  subscribe("sansocket:websocket:open", ({ websocket, handshakeResponse }) => {
    const requestId = `sansocket-${++last}`;
    ids.set(websocket, requestId);
    webSocketCreated({ requestId, url: websocket.url });
    const response = handshakeResponse ?? { status: 101, statusText: "", headers: {} }; // a server's own
    webSocketHandshakeResponseReceived({ requestId, timestamp: now(), response });
  });

  subscribe("sansocket:websocket:close", ({ websocket }) => {
    const requestId = ids.get(websocket);
    if (requestId !== undefined) webSocketClosed({ requestId, timestamp: now() });
  });
}
