/** Which dependents of `ws` are run, with what they need, each version pinned. */

/**
 * @typedef {object} Session
 * @property {string} name of its file in `sessions/`
 * @property {Readonly<Record<string, string>>} dependencies
 * @property {boolean} [short] whether the short mode has it
 * @property {boolean} [deno] whether it runs in Deno too
 * @property {boolean} [chromium] whether it needs a Chromium
 */

/** @type {readonly Session[]} */
export const sessions = [
  {
    name: "engine.io",
    short: true,
    deno: true,
    dependencies: { "engine.io": "6.6.13", "engine.io-client": "6.6.8" },
  },
  {
    name: "socket.io",
    short: true,
    deno: true,
    dependencies: { "socket.io": "4.8.4", "socket.io-client": "4.8.4" },
  },
  {
    name: "graphql-ws",
    short: true,
    deno: true,
    dependencies: { "graphql-ws": "6.4.2", graphql: "16.12.0" },
  },
  {
    name: "express-ws",
    short: true,
    deno: true,
    dependencies: { "express-ws": "5.0.2", express: "4.22.1" },
  },
  // In Deno 2.9 the broker does not answer, with ws itself either.
  { name: "mqtt", dependencies: { mqtt: "5.16.0", aedes: "1.2.0" } },
  {
    name: "fastify",
    deno: true,
    dependencies: { fastify: "5.12.8", "@fastify/websocket": "11.3.7" },
  },
  { name: "y-websocket", deno: true, dependencies: { "y-websocket": "2.1.0", yjs: "13.6.33" } },
  {
    name: "nestjs",
    dependencies: {
      "@nestjs/common": "11.2.6",
      "@nestjs/core": "11.2.6",
      "@nestjs/platform-express": "11.2.6",
      "@nestjs/platform-ws": "11.2.6",
      "@nestjs/websockets": "11.2.6",
      "reflect-metadata": "0.2.2",
      rxjs: "7.8.2",
    },
  },
  { name: "http-proxy-middleware", deno: true, dependencies: { "http-proxy-middleware": "3.0.5" } },
  { name: "puppeteer", chromium: true, dependencies: { "puppeteer-core": "24.8.2" } },
  {
    name: "hocuspocus",
    dependencies: {
      "@hocuspocus/server": "3.4.4",
      "@hocuspocus/provider": "3.4.4",
      yjs: "13.6.33",
    },
  },
  // Its hooks for Node refuse to run in Deno.
  { name: "crossws", dependencies: { crossws: "0.4.17" } },
];
