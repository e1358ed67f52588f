"use strict";
// `require` returns the class itself, as of faye-websocket, with everything else as its statics. `__esModule` is not set, so that compiled
// `import WebSocket from` finds the class, and `default` is there for those that look for it. Statics are read at their first use, which loads what
// they need: most processes need a half of it.
const parts = require("../dist/commonjs.cjs");
const { api } = parts;
const { WebSocket } = api;

function define(from, name) {
  const put = (value) =>
    Object.defineProperty(WebSocket, name, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  Object.defineProperty(WebSocket, name, {
    get: () => put(from[name]) && from[name],
    set: put,
    enumerable: true,
    configurable: true,
  });
}

for (const name of Object.keys(api)) if (name !== "WebSocket") define(api, name);
for (const name of Object.keys(parts)) if (name !== "api") define(parts, name);
module.exports = WebSocket.default = WebSocket;
