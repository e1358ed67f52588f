"use strict";
// What `require` returns: the class itself, as of faye-websocket, with everything else as its statics. `__esModule` is not set,
// so that compiled `import WebSocket from` finds the class, and `default` is there for those that look for it.
const { WebSocket, ...rest } = require("../dist/index.cjs");

module.exports = Object.assign(WebSocket, rest);
