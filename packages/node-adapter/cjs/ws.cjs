"use strict";
// `require` returns the class itself, which has every other name as a static, as `ws` has it. `__esModule` is not set, so that
// compiled `import WebSocket from` finds the class.
module.exports = require("../dist/ws.cjs").WebSocket;
