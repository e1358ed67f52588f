import { expect, test } from "vitest";
import { isSecureRequest, isWebSocket } from "../../../src/node-compat/server/incoming.ts";
import type { RequestLike } from "../../../src/node-compat/server/opening-request.ts";

const request = (headers: Record<string, string>, more: object = {}): RequestLike => ({
  method: "GET",
  url: "/",
  headers,
  ...more,
});

// Beside the original: `faye.test.ts`.
test("isWebSocket", () => {
  expect(isWebSocket(request({ connection: "x,  upgrade", upgrade: "WEBSOCKET" }))).toBe(true);
  expect(isWebSocket(request({ upgrade: "websocket" }))).toBe(false);
  expect(isWebSocket(request({ connection: "upgrade" }))).toBe(false);
  expect(
    isWebSocket(request({ connection: "upgrade", upgrade: "websocket" }, { method: "POST" })),
  ).toBe(false);
});

const cases: [
  name: string,
  headers: Record<string, string>,
  socket: object | undefined,
  secure: boolean,
][] = [
  ["nothing says so", {}, {}, false],
  ["no socket", {}, undefined, false],
  ["a TLS socket, with or without a certificate of the client's", {}, { authorized: false }, true],
  ["a socket marked so", {}, { secure: true }, true],
  ["https: on", { https: "on" }, {}, true],
  ["X-Forwarded-SSL", { "x-forwarded-ssl": "on" }, {}, true],
  ["X-Forwarded-Scheme", { "x-forwarded-scheme": "https" }, {}, true],
  ["X-Forwarded-Proto", { "x-forwarded-proto": "https" }, {}, true],
  ["a list in X-Forwarded-Proto", { "x-forwarded-proto": "https, http" }, {}, false],
];
test.each(cases)("isSecureRequest: %s", (_, headers, socket, secure) => {
  expect(isSecureRequest(request(headers, { socket }))).toBe(secure);
});
