import { describe, expect, test, vi } from "vitest";
import { isFetchResponse, readResponse, rejectDuplex } from "../../../src/shell/server/refusal.ts";
import { UsageError } from "../../../src/violation.ts";
import { settle, testRuntime, wire } from "../websocket/wired.ts";

test("a fetch Response is told from a refusal", () => {
  expect([
    isFetchResponse(new Response()),
    isFetchResponse({ status: 403 }),
    isFetchResponse({ status: 403, arrayBuffer: 1 }),
  ]).toEqual([true, false, false]);
});

test("a Response is read: status, fields and bytes; what delimits it is left to the connection", async () => {
  const headers = {
    "X-A": "1",
    "Content-Length": "99",
    Connection: "keep-alive",
    "Content-Type": "image/png",
  };
  expect(
    await readResponse(
      new Response(Uint8Array.of(1, 2), { status: 418, statusText: "Teapot", headers }),
    ),
  ).toEqual({
    status: 418,
    statusText: "Teapot",
    headers: [
      ["content-type", "image/png"],
      ["x-a", "1"],
    ],
    body: Uint8Array.of(1, 2),
  });
  expect(await readResponse(new Response(null, { status: 204 }))).toEqual({
    status: 204,
    headers: [],
    body: new Uint8Array(0),
  });
});

describe("a duplex is refused", () => {
  test.each<[name: string, answer: Parameters<typeof rejectDuplex>[2], received: RegExp]>([
    [
      "with a status",
      { status: 404 },
      /^HTTP\/1\.1 404 Not Found\r\n[^]*Connection: close\r\n\r\nNot Found$/,
    ],
    [
      "with fields and a text",
      { status: 401, headers: { "WWW-Authenticate": "Basic" }, body: "who?" },
      /^HTTP\/1\.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\n[^]*Content-Length: 4\r\n[^]*\r\n\r\nwho\?$/,
    ],
    [
      "with bytes",
      {
        status: 403,
        headers: { "Content-Type": "image/gif" },
        body: Uint8Array.of(71, 73, 70, 255),
      },
      /Content-Type: image\/gif\r\nContent-Length: 4\r\n[^]*\r\n\r\nGIF\xff$/,
    ],
    [
      "with a Response",
      Response.json({ a: 1 }, { status: 403 }),
      /^HTTP\/1\.1 403 Forbidden\r\ncontent-type: application\/json\r\nContent-Length: 7\r\n[^]*\r\n\r\n\{"a":1\}$/,
    ],
    [
      "with a redirection",
      new Response(null, { status: 307, headers: { Location: "https://b/" } }),
      /^HTTP\/1\.1 307 Temporary Redirect\r\nlocation: https:\/\/b\/\r\n/,
    ],
  ])("%s, and ended", async (_, answer, expected) => {
    const { near, far, received } = wire();
    const runtime = testRuntime();
    let ended = false;
    far.on("end", () => {
      ended = true;
      far.end();
    });
    rejectDuplex(runtime, near, answer);
    far.write("what the client has sent already");
    await settle();
    expect(received()).toMatch(expected);
    expect([ended, near.destroyed, runtime.reported]).toEqual([true, true, []]);
  });

  test.each<[name: string, answer: Parameters<typeof rejectDuplex>[2]]>([
    ["a status that is no refusal", { status: 101 }],
    ["a field that may not be sent", { status: 403, headers: { "X-A": "a\r\nb" } }],
    ["a body where there is none", { status: 204, body: "x" }],
  ])("but not with %s: that throws, and nothing is written", async (_, answer) => {
    const { near, received } = wire();
    expect(() => {
      rejectDuplex(testRuntime(), near, answer);
    }).toThrow(UsageError);
    await settle();
    expect([received(), near.destroyed]).toEqual(["", false]);
  });

  test("with 500 where the body of a Response fails, which is reported", async () => {
    const { near, received } = wire();
    const runtime = testRuntime();
    const failure = new Error("no body");
    rejectDuplex(
      runtime,
      near,
      new Response(
        new ReadableStream({
          start: (controller) => {
            controller.error(failure);
          },
        }),
        { status: 403 },
      ),
    );
    await settle();
    expect(received()).toMatch(/^HTTP\/1\.1 500 /);
    expect(runtime.reported).toEqual([failure]);
  });

  test("not at all where it is gone, or goes while a body is read", async () => {
    const { near, received } = wire();
    const gone = wire();
    gone.near.destroy();
    for (const nothing of [undefined, null, gone.near])
      rejectDuplex(testRuntime(), nothing, { status: 403 });
    const runtime = testRuntime();
    rejectDuplex(runtime, near, new Response("late", { status: 403 }));
    near.destroy(new Error("reset"));
    await settle();
    expect([received(), gone.received(), runtime.reported]).toEqual(["", "", []]);
  });

  test("and dropped where the client does not end its side", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const { near } = wire();
      rejectDuplex(testRuntime(), near, { status: 403 });
      await settle();
      expect(near.destroyed).toBe(false);
      vi.advanceTimersByTime(30_000);
      expect(near.destroyed).toBe(true);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
