import { expect, test, vi } from "vitest";
import type { Listener } from "../../../src/shell/index.ts";
import { secureOptions, socketServer } from "../../../src/node-compat/server/socket-server.ts";
import { localhost } from "../certificates.ts";
import { layer } from "../fake-modules.ts";

const listener = (port: number): Listener => ({
  listening: Promise.resolve({ hostname: "localhost", port }),
  close: () => Promise.resolve(),
  destroy: () => {},
});

test("the address is what was asked for, then what was given", async () => {
  const server = socketServer(layer, { hostname: "localhost", port: 0, websocket: {} }, () =>
    listener(8080),
  );
  expect([server.port, server.hostname]).toEqual([0, "localhost"]);
  expect(() => server.url).toThrow("await server.ready");
  await server.ready;
  expect([server.port, server.url, server.clients.size]).toEqual([8080, "ws://localhost:8080/", 0]);
});

test("with a certificate, clients connect by wss:, and to the path that is served", async () => {
  const options = { hostname: "localhost", port: 1, tls: localhost, path: "/chat", websocket: {} };
  const server = socketServer(layer, options, () => listener(1));
  await server.ready;
  expect(server.url).toBe("wss://localhost:1/chat");
});

test.each<[options: object, message: RegExp]>([
  [{ maxMesageSize: 1 }, /^Unrecognized option: maxMesageSize; is maxMessageSize meant\?$/],
  [{ closeTimeout: -1 }, /^closeTimeout: expected/],
  [{ port: 65_536 }, /^port: expected a whole number from 0 to 65535, got 65536$/],
  [{ port: "http" }, /^port: expected a whole number from 0 to 65535, got "http"$/],
  [{ port: -1 }, /^port: expected/],
  [{ tls: true }, /^tls: expected an object with key and cert, got boolean$/],
  [
    { tls: {} },
    /^tls: expected key and cert, pfx or SNICallback: without a certificate nobody can connect$/,
  ],
  [{ tls: { key: undefined, cert: undefined } }, /^tls: expected key and cert/],
  [
    { tls: { ...localhost, key: "key.pem" } },
    /^tls\.key: expected PEM, "-----BEGIN …", got text without that: read the file first$/,
  ],
  [{ tls: { ...localhost, cert: new TextEncoder().encode("cert") } }, /^tls\.cert: expected PEM/],
  [
    { websocket: null },
    /^websocket: expected an object with handlers, such as open and message, got null$/,
  ],
  [{ websocket: undefined }, /^websocket: expected an object with handlers.*, got undefined$/],
  [{ websocket: { message: "x" } }, /^websocket\.message: expected a function, got string$/],
  [
    { websocket: { onmessage: () => {} } },
    /^websocket: there is no handler "onmessage"; is message meant\?$/,
  ],
])("%j is refused, and nothing listens", (options, message) => {
  const start = vi.fn(() => listener(1));
  expect(() => socketServer(layer, { websocket: {}, ...options }, start)).toThrow(message);
  expect(start).not.toHaveBeenCalled();
});

test.each<[name: string, tls: object]>([
  ["texts", localhost],
  [
    "bytes",
    {
      key: new TextEncoder().encode(localhost.key),
      cert: new TextEncoder().encode(localhost.cert),
    },
  ],
  [
    "several, and keys with a passphrase",
    { key: [{ pem: localhost.key }], cert: [localhost.cert] },
  ],
  ["a function by name", { SNICallback: () => {} }],
])("certificates as %s are taken", (_, tls) => {
  expect(() => socketServer(layer, { websocket: {}, tls }, () => listener(1))).not.toThrow();
});

test.each<[options: Parameters<typeof secureOptions>[0], told: object]>([
  [{ websocket: {} }, { handshakeTimeout: 10_000 }],
  [{ websocket: {}, handshakeTimeout: 0, tls: { ca: "x" } }, { ca: "x" }],
  [{ websocket: {}, handshakeTimeout: 5, tls: { handshakeTimeout: 7 } }, { handshakeTimeout: 7 }],
])("%j tells a TLS server %j", (options, told) => {
  expect(secureOptions(options)).toEqual(told);
});
