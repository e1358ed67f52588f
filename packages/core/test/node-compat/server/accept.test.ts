import { once } from "node:events";
import { expect, test } from "vitest";
import { bindTransport, type Connector } from "../../../src/shell/transport/connector.ts";
import { acceptConnection, type AcceptOptions } from "../../../src/node-compat/server/accept.ts";
import { masked } from "../../../src/testing/wire/bytes.ts";
import { requestHead } from "../../../src/testing/wire/line.ts";
import { settle, testRuntime, wire } from "../../shell/websocket/wired.ts";

/** A connection that is accepted, and the far end of it. */
function rig(options: AcceptOptions = {}, secure = false) {
  const ends = wire();
  const runtime = testRuntime();
  const warnings: string[] = [];
  const carrier: Connector = {
    get destroyed() {
      return ends.near.destroyed;
    },
    bind: (listener) => bindTransport(ends.near, listener),
  };
  const accept = (): ReturnType<typeof acceptConnection> =>
    acceptConnection(
      {
        runtime,
        emitWarning: (text) => {
          warnings.push(text);
        },
        setImmediate,
      },
      carrier,
      secure,
      options,
    );
  return { ...ends, accept, warnings };
}
const write = (far: ReturnType<typeof rig>["far"], text: string, ...frames: Uint8Array[]): void => {
  far.write(Buffer.concat([Buffer.from(text), ...frames]));
};

test("resolves with the open socket, and holds what came with the request until its listeners are there", async () => {
  const { accept, far, received } = rig({ protocols: ["b"] }, true);
  const accepting = accept();
  write(
    far,
    requestHead({ "Sec-WebSocket-Protocol": "a, b" }, "GET /chat HTTP/1.1"),
    masked(1, "early"),
  );
  const socket = await accepting;
  expect([socket.readyState, socket.url, socket.protocol]).toEqual([
    1,
    "wss://localhost/chat",
    "b",
  ]);
  expect((await once(socket, "message"))[0]).toMatchObject({ data: "early" });
  expect(received()).toMatch(/^HTTP\/1\.1 101 /);
});

test("asks `upgrade`, which may answer later and choose", async () => {
  const { accept, far, received } = rig({
    upgrade: async ({ target }) => ({ headers: { "X-Target": target } }),
  });
  const accepting = accept();
  write(far, requestHead({}, "GET /there HTTP/1.1"));
  await accepting;
  expect(received()).toMatch(/\r\nX-Target: \/there\r\n/);
});

test.each<[name: string, options: AcceptOptions, head: string, answer: RegExp]>([
  ["an ordinary request", {}, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", /^HTTP\/1\.1 400 /],
  ["what is no HTTP", {}, "hello\r\n\r\n", /^HTTP\/1\.1 400 /],
  ["another path", { path: "/chat" }, requestHead(), /^HTTP\/1\.1 404 /],
  [
    "another site's page",
    {},
    requestHead({ Origin: "https://elsewhere.example" }),
    /^HTTP\/1\.1 403 /,
  ],
  [
    "whom the application refuses",
    { upgrade: () => ({ status: 401 }) },
    requestHead(),
    /^HTTP\/1\.1 401 /,
  ],
])("refuses %s in HTTP, and rejects", async (_, options, head, answer) => {
  const { accept, far, received } = rig(options);
  const accepting = accept();
  far.on("end", () => far.end());
  write(far, head);
  await expect(accepting).rejects.toThrow(
    "The connection ended before a WebSocket was opened on it.",
  );
  expect(received()).toMatch(answer);
});

test("an `upgrade` that throws refuses with 500, and is told of", async () => {
  const { accept, far, received, warnings } = rig({
    upgrade: () => {
      throw new Error("no database");
    },
  });
  const accepting = accept();
  far.on("end", () => far.end());
  write(far, requestHead());
  await expect(accepting).rejects.toThrow("before a WebSocket was opened");
  expect([received().slice(9, 12), warnings.length]).toEqual(["500", 1]);
  expect(warnings[0]).toMatch(/no database/);
});

test("rejects with the connection's error as the cause", async () => {
  const { accept, near } = rig();
  const accepting = accept();
  const reset = new Error("ECONNRESET");
  await settle();
  near.destroy(reset);
  await expect(accepting).rejects.toMatchObject({ cause: reset });
});

test("rejects at once where the connection is gone already", async () => {
  const { accept, near } = rig();
  near.destroy();
  await expect(accept()).rejects.toThrow("before a WebSocket was opened");
});

test.each<[options: object, message: RegExp]>([
  [{ maxMesageSize: 1 }, /^Unrecognized option: maxMesageSize; is maxMessageSize meant\?$/],
  [{ closeTimeout: -1 }, /^closeTimeout: expected/],
])("rejects for the options %j, and takes no byte", async (options, message) => {
  const { accept, near } = rig(options);
  await expect(accept()).rejects.toThrow(message);
  expect(near.listenerCount("data")).toBe(0);
});

test("what comes after it was opened is the socket's alone", async () => {
  const { accept, far } = rig();
  const accepting = accept();
  write(far, requestHead());
  const socket = await accepting;
  const told: unknown[] = [];
  socket.on("drain", () => told.push("drain")).on("close", ({ code }) => told.push(code));
  far.pause();
  socket.send(new Uint8Array(100_000));
  far.resume();
  await settle();
  far.end(Buffer.from(masked(8, Uint8Array.of(3, 232))));
  await once(socket, "close");
  expect(told).toEqual(["drain", 1000]);
});
