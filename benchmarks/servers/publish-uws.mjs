// uWebSockets.js: node publish-uws.mjs TOPICS FOLDER, where the folder has its package in `node_modules`.
import { createRequire } from "node:module";
import { join } from "node:path";
import { answerFor, topicsOf } from "./publish-mode.mjs";

const require = createRequire(join(process.argv[3], "package.json"));
const uws = require("@trufflesuite/uws-js-unofficial");
// Without a binary for this Node, the package puts `ws` in its place.
if (!Object.keys(require.cache).some((path) => /uws_\w+\.node$/.test(path)))
  throw new Error("uWebSockets.js has no binary for this machine");

const sockets = new Set();
const app = uws.App().ws("/*", {
  compression: uws.DISABLED,
  idleTimeout: 0,
  sendPingsAutomatically: false,
  maxBackpressure: 1 << 28, // beyond it, it drops messages
  upgrade(response, request, context) {
    const [key, protocol, extensions] = ["key", "protocol", "extensions"].map((name) =>
      request.getHeader(`sec-websocket-${name}`),
    );
    const data = { url: `/?${request.getQuery()}` };
    response.upgrade(data, key, protocol, extensions, context);
  },
  open(socket) {
    sockets.add(socket);
    for (const topic of topicsOf(socket.url)) socket.subscribe(topic);
  },
  message() {},
  close: (socket) => sockets.delete(socket),
});
app.listen("127.0.0.1", 0, (listening) =>
  answerFor({
    port: uws.us_socket_local_port(listening),
    sockets: () => sockets,
    subscribe: (socket, topic) => socket.subscribe(topic),
    publish: (topic, data) => app.publish(topic, data, false, false),
  }),
);
