import { describe, expect, test } from "vitest";
import { prepare } from "../../../src/connection/send/prepared.ts";
import { broadcast } from "../../../src/shell/server/broadcast.ts";
import type { MessageEvent } from "../../../src/shell/events/message-event.ts";
import type { WebSocket } from "../../../src/shell/websocket/websocket.ts";
import { facePair, settle } from "./socket-story.ts";
import { arrive, fake } from "../websocket/fake-driver.ts";

async function pairs(count: number): Promise<{ servers: WebSocket[]; seen: unknown[][] }> {
  const made = await Promise.all(Array.from({ length: count }, () => facePair()));
  const seen = made.map(({ client }) => {
    const all: unknown[] = [];
    client.on("message", ({ data }) => {
      all.push(typeof data === "string" ? data : [...(data as Uint8Array)]);
    });
    return all;
  });
  return { servers: made.map(({ server }) => server), seen };
}

test.each<[string, unknown, unknown]>([
  ["text", "hi", "hi"],
  ["bytes", Uint8Array.of(1, 2), [1, 2]],
  ["an ArrayBuffer", Uint8Array.of(1).buffer, [1]],
  ["a prepared message", prepare("p"), "p"],
  ["anything else", 5, "5"],
])("sends %s to all, and tells how many", async (_, data, expected) => {
  const { servers, seen } = await pairs(3);
  expect(broadcast(servers, data)).toBe(3);
  await settle();
  expect(seen).toEqual([[expected], [expected], [expected]]);
});

test("in order with what is sent otherwise", async () => {
  const { servers, seen } = await pairs(2);
  for (const text of ["1", "3"]) {
    broadcast(servers, text);
    for (const server of servers) server.send(String(Number(text) + 1));
  }
  await settle();
  expect(seen).toEqual([
    ["1", "2", "3", "4"],
    ["1", "2", "3", "4"],
  ]);
});

describe("leaves out", () => {
  test("one", async () => {
    const { servers, seen } = await pairs(2);
    expect(broadcast(servers, "x", { except: servers[0] })).toBe(1);
    await settle();
    expect(seen).toEqual([[], ["x"]]);
  });
  test("several", async () => {
    const { servers, seen } = await pairs(3);
    expect(broadcast(new Set(servers), "x", { except: [servers[0]!, servers[2]!] })).toBe(1);
    await settle();
    expect(seen).toEqual([[], ["x"], []]);
  });
  test.each(["connecting", "closing", "closed"] as const)("who is %s", (state) => {
    const { socket, driver } = fake(state);
    expect([broadcast([socket], "x"), driver.take()]).toEqual([0, []]);
  });
});

test("a peer that knows text only costs the others nothing", async () => {
  const { servers, seen } = await pairs(1);
  const { socket, session, driver } = fake();
  session.version = "hixie-76";
  expect([
    broadcast([socket, ...servers], Uint8Array.of(1)),
    broadcast([socket, ...servers], "x"),
  ]).toEqual([1, 2]);
  await settle();
  expect([driver.take().map(([name]) => name), seen]).toEqual([["sendPrepared"], [[[1], "x"]]]);
});

test("behind a message in pieces it waits", async () => {
  const { servers, seen } = await pairs(1);
  const sent = servers[0]!.sendStream(
    (async function* () {
      yield "a";
      await settle();
      yield "b";
    })(),
  );
  expect(broadcast(servers, "c")).toBe(1);
  await sent;
  await settle();
  expect(seen).toEqual([["ab", "c"]]);
});

describe("a received event", () => {
  test.each(["text", "in parts", "assigned"])("is passed on: %s", async (kind) => {
    const { servers, seen } = await pairs(2);
    const { socket, session } = fake();
    socket.on("message", (event: MessageEvent) => {
      if (kind === "assigned") event.data = "changed";
      broadcast(servers, event);
    });
    if (kind === "in parts") session.onBinaryParts([Uint8Array.of(1), Uint8Array.of(2, 3)], 3);
    else arrive(session, "é");
    await settle();
    expect(seen[1]).toEqual([kind === "text" ? "é" : kind === "assigned" ? "changed" : [1, 2, 3]]);
  });
  test("is not decoded if it is long", () => {
    const { socket, session } = fake();
    const { platform } = session.runtime;
    let decoded = 0;
    Object.assign(session.runtime, {
      platform: {
        ...platform,
        decodeUtf8: () => {
          decoded++;
          return "";
        },
      },
    });
    socket.on("message", (event) => {
      broadcast([socket], event);
    });
    arrive(session, "é".repeat(8193));
    expect(decoded).toBe(0);
  });
});

test("a Blob and nothing at all are refused", () => {
  expect(() => broadcast([], new Blob(["x"]))).toThrow(
    new TypeError("broadcast: a Blob cannot be sent to many; read it first"),
  );
  expect(() => broadcast([], undefined)).toThrow(TypeError);
});

describe("a prepared message, sent alone", () => {
  test("with send()", async () => {
    const { servers, seen } = await pairs(1);
    servers[0]!.send(prepare(Uint8Array.of(1)));
    await settle();
    expect(seen).toEqual([[[1]]]);
  });
  test("before the opening it waits, and counts", () => {
    const { socket, session, driver } = fake("connecting");
    socket.send(prepare("abc"));
    socket.send(prepare(Uint8Array.of(1), { compress: false }));
    expect(socket.bufferedAmount).toBe(4);
    driver.state = "open";
    session.onOpen({ version: "hybi-13", protocol: "", extensions: "", response: undefined });
    expect(driver.take()).toMatchObject([
      ["sendTextBytes", "bytes abc"],
      ["sendBinary", "bytes \u0001", undefined, undefined, false],
    ]);
  });
});
