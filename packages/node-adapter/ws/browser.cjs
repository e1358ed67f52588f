"use strict";

// As `ws` has it: bundlers choose this file, and a page has a WebSocket of its own.
module.exports = function WebSocket() {
  throw new Error(
    "ws does not work in the browser. Browser clients must use the native WebSocket object",
  );
};
