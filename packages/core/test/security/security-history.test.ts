/**
 * Failures of other implementations once a connection was open, which this one must not have: see `docs/security-history.md`.
 * The opening is in `security-history.opening.test.ts`; tests that need sockets are in node-adapter's file of the same name.
 */
import {
  constants,
  createDeflateRaw,
  createInflateRaw,
  deflateRaw,
  deflateRawSync,
  inflateRaw,
  inflateRawSync,
} from "node:zlib";
import { describe, expect, test } from "vitest";
import { encodeComment, encodeEvent } from "../../src/sse/server/encode.ts";
import { BINARY, CONTINUATION, PING, TEXT } from "../../src/frame/opcode.ts";
import { createServerConnection, UsageError } from "../../src/index.ts";
import { DEFAULT_OPTIONS } from "../../src/options.ts";
import { createZlibCompression } from "../../src/shell/compression/compression.ts";
import { frame, masked, openingHead } from "../../src/testing/wire/bytes.ts";
import { createTestPlatform } from "../../src/testing/platform.ts";
import { joinBytes, outcomeOf, Recorder } from "../../src/testing/recorder.ts";
import { decodeFrame } from "../../src/testing/wire/frames.ts";
import { draftServer } from "../connection/extended.ts";
import { newServer, openClient, openServer, when } from "../connection/story.ts";

const told = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith("on"));
/** A frame's head that declares a length of 64 bits. */
const declaring = (length: bigint, mask: boolean): Uint8Array => {
  const bytes = new Uint8Array(mask ? 14 : 10);
  bytes[0] = 0x82;
  bytes[1] = mask ? 0xff : 0x7f;
  new DataView(bytes.buffer).setBigUint64(2, length);
  return bytes;
};

describe("CVE-2016-10518 (ws), sockjs-node#278 (websocket-driver), CVE-2026-45736 (ws): memory that was never written is never sent", () => {
  // The test platform fills what it allocates with 0xaa, which no payload here holds.
  test.each(["server", "client"] as const)("as %s, whatever the size", async (role) => {
    const { connection, end } = role === "server" ? openServer() : await openClient();
    for (let size = 0; size < 300; size++) {
      connection.sendBinary(new Uint8Array(size));
      connection.sendText("x".repeat(size));
      if (size < 126) connection.ping(new Uint8Array(size));
    }
    let frames = 0;
    for (let rest = outcomeOf(end.take()).sent; rest.length > 0; frames++) {
      const {
        frame: { payload },
        used,
      } = decodeFrame(rest)!;
      expect(payload.includes(0xaa)).toBe(false);
      rest = rest.subarray(used);
    }
    expect(frames).toBe(300 + 300 + 126);
  });
});

describe("CVE-2016-10542 (ws): a payload is limited unless somebody says otherwise", () => {
  test.each([
    [0x3ffffffn, []],
    [0x4000000n, ["onViolation message-too-big"]],
  ])("a header that declares %s bytes", (length, expected) => {
    const { connection, story } = openServer();
    connection.receive(declaring(length, true));
    expect(told(story())).toEqual(expected);
  });
});

describe("CVE-2026-48779 (ws), CVE-2026-12151 (undici): fragments are counted, empty ones too, in either role", () => {
  test.each([
    ["server", 0],
    ["server", 1],
    ["client", 0],
    ["client", 1],
  ] as const)("as %s, of %i bytes", async (role, size) => {
    const { connection, story } = role === "server" ? openServer() : await openClient();
    const make = role === "server" ? masked : frame;
    const piece = make(CONTINUATION, "x".repeat(size), { fin: false });
    connection.receive(make(TEXT, "", { fin: false }));
    const thousand = joinBytes(Array.from({ length: 1000 }, () => piece));
    for (let round = 0; round < 132; round++) connection.receive(thousand.slice());
    expect(told(story())).toEqual(["onViolation too-many-fragments"]);
  });
});

describe("CVE-2026-54466, GHSA-xv26-6w52-cph6 (websocket-driver): lengths of the drafts", () => {
  test.each(["hixie-75", "hixie-76"] as const)(
    "%s: a length never grows past what may be",
    (draft) => {
      for (const digits of [5, 8, 20, 1000]) {
        const { connection, story } = draftServer(draft);
        connection.receive(Uint8Array.of(0x80, ...new Array<number>(digits).fill(0xff), 0x7f));
        expect(told(story())).toEqual(["onViolation message-too-big"]);
      }
    },
  );

  test("and the drafts are off unless asked for", () => {
    const { connection, end, story } = newServer();
    when(end, "onRequest", () => {
      connection.accept();
    });
    connection.expectRequest();
    connection.receive(
      openingHead({ "Sec-WebSocket-Key": undefined, "Sec-WebSocket-Version": undefined }),
    );
    expect(told(story())).not.toContain("onOpen");
  });
});

describe("CVE-2026-54490, GHSA-mp7j-qc5w-4988 (websocket-driver), CVE-2026-1526 (undici), CVE-2018-1000518 (websockets): inflating stops at the limit", () => {
  const zlib = {
    constants,
    createDeflateRaw,
    createInflateRaw,
    deflateRaw,
    deflateRawSync,
    inflateRaw,
    inflateRawSync,
  };
  const LIMIT = 100_000;
  const inflate = (size: number, takeover: boolean): Promise<Uint8Array | "too-big" | "invalid"> =>
    new Promise((resolve) => {
      const inflater = createZlibCompression(zlib).createInflater({
        windowBits: 15,
        takeover,
        maxSize: LIMIT,
      });
      const bomb = deflateRawSync(new Uint8Array(size), {
        finishFlush: constants.Z_SYNC_FLUSH,
      }).subarray(0, -4);
      inflater.inflate(bomb, (result) => {
        inflater.close();
        resolve(result);
      });
    });

  // websockets#1715: at the limit and one byte more, refused and not cut.
  test.each([
    [LIMIT, false],
    [LIMIT, true],
    [LIMIT + 1, false],
    [LIMIT + 1, true],
    [50_000_000, false],
    [50_000_000, true],
  ])("%i bytes, takeover %s", async (size, takeover) => {
    const result = await inflate(size, takeover);
    if (size > LIMIT) expect(result).toBe("too-big");
    else expect((result as Uint8Array).length).toBe(size);
  });
});

describe("found in websocket-driver 0.8.0 by our own probes", () => {
  test("limits hold while closing", () => {
    const giant = openServer();
    const many = openServer();
    giant.connection.close(1000);
    giant.connection.receive(declaring(1n << 62n, true));
    expect(told(giant.story())).toEqual(["onViolation message-too-big"]);
    many.connection.close(1000);
    many.connection.receive(masked(BINARY, "", { fin: false }));
    const thousand = joinBytes(
      Array.from({ length: 1000 }, () => masked(CONTINUATION, "", { fin: false })),
    );
    for (let round = 0; round < 132; round++) many.connection.receive(thousand.slice());
    expect(told(many.story())).toEqual(["onViolation too-many-fragments"]);
  });

  test("text of 20 MB that is not UTF-8 is refused", () => {
    const { connection, story } = openServer();
    const data = new Uint8Array(20_000_000).fill(0x61);
    data[data.length - 1] = 0xff;
    connection.receive(masked(TEXT, data));
    expect(told(story())).toEqual(["onViolation invalid-utf8"]);
  });

  test("control frames that are too large are not sent", () => {
    const { connection, end } = openServer();
    expect(() => {
      connection.ping(new Uint8Array(126));
    }).toThrow(UsageError);
    expect(() => {
      connection.pong(new Uint8Array(126));
    }).toThrow(UsageError);
    expect(() => {
      connection.close(1000, "x".repeat(124));
    }).toThrow(UsageError);
    expect(end.take()).toEqual([]);
  });

  test("a client takes no masked frame", async () => {
    const { connection, story } = await openClient();
    connection.receive(masked(TEXT, "x"));
    expect(told(story())).toEqual(["onViolation mask-forbidden"]);
  });
});

describe("CVE-2026-1528 (undici), CVE-2020-27813 (gorilla): no length overflows", () => {
  const lengths = [31n, 32n, 53n, 62n, 63n, 64n].flatMap((bits) => [
    (1n << bits) - 1n,
    ...(bits < 64n ? [1n << bits, (1n << bits) + 1n] : []),
  ]);
  test.each(lengths)("%s", async (length) => {
    for (const { connection, story, mask } of [
      { ...openServer(), mask: true },
      { ...(await openClient()), mask: false },
    ]) {
      connection.receive(declaring(length, mask));
      expect(told(story())[0]).toMatch(/^onViolation (message-too-big|invalid-length)$/);
    }
  });
});

test("GHSA-4hxc-9384-m385 (h3), GHSA-p6xx-57qc-3wxr (hono), nest#16686: nothing is injected into an event stream", () => {
  for (const evil of ["a\ndata: evil", "a\rid: evil", "a\r\n\r\ndata: evil", "a\0b"]) {
    expect(() => encodeEvent("x", { event: evil })).toThrow(TypeError);
    expect(() => encodeEvent("x", { id: evil })).toThrow(TypeError);
    if (evil.includes("\0")) continue;
    // Whatever ends a line is followed by the name of a field of ours.
    for (const line of encodeEvent(evil).split(/\r\n|\r|\n/))
      expect(line === "" || line.startsWith("data:"), JSON.stringify(line)).toBe(true);
    for (const line of encodeComment(evil).split(/\r\n|\r|\n/))
      expect(line === "" || line.startsWith(":"), JSON.stringify(line)).toBe(true);
  }
});

describe("masking (RFC 6455 §10.3)", () => {
  test("every frame has a key of its own, and the caller's bytes stay as they are", async () => {
    const { connection, end } = await openClient();
    const data = new Uint8Array(64);
    const keys = new Set<number>();
    for (let at = 0; at < 64; at++) connection.sendBinary(data);
    const { sent } = outcomeOf(end.take());
    for (let at = 0; at < sent.length; at += 70)
      keys.add(new DataView(sent.buffer).getUint32(at + 2));
    expect(keys.size).toBeGreaterThan(32); // the test platform's randomness is a short cycle
    expect(data).toEqual(new Uint8Array(64));
  });
});

describe("floods", () => {
  test("ten thousand pings in a read are answered by a few pongs", () => {
    const { connection, story } = openServer();
    connection.receive(joinBytes(Array.from({ length: 10_000 }, () => masked(PING, "p"))));
    expect(story().filter((line) => line === "> pong p").length).toBeLessThanOrEqual(
      DEFAULT_OPTIONS.maxPongs + 1,
    );
  });

  test("output to a peer that does not read has a bound", () => {
    const { connection, story } = openServer();
    connection.receiveBacklog(DEFAULT_OPTIONS.maxBufferedBytes);
    connection.sendText("x");
    expect(told(story())).toEqual(["onViolation output-overflow"]);
  });

  test("a peer that says nothing has its time, before and after", () => {
    const silent = newServer();
    const open = openServer();
    silent.connection.expectRequest();
    expect(silent.timers()).toEqual(["handshake"]);
    open.connection.close();
    expect(open.timers()).toEqual(["close"]);
  });

  test("a violation captures nothing of the connection", () => {
    const recorder = new Recorder();
    const connection = createServerConnection(recorder, createTestPlatform());
    recorder.onRequest = () => {
      connection.accept();
    };
    connection.expectRequest();
    connection.receive(openingHead());
    recorder.take();
    connection.receive(frame(TEXT, "x"));
    const violation = recorder.take().find(([type]) => type === "onViolation")![1] as object;
    for (const value of Object.values(violation))
      expect(typeof value === "object" && value !== null && value !== violation).toBe(false);
  });
});
