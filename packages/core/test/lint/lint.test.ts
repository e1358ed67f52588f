/** The linter's findings in captures that were made by hand. */
import { deflateRawSync, constants } from "node:zlib";
import { describe, expect, test } from "vitest";
import { lint, LintError } from "../../src/lint/index.ts";
import {
  closing,
  conversation,
  fragmented,
  frame,
  LINKS,
  packetsOf,
  pcap,
  pcapng,
  request,
  response,
  type Said,
} from "../../testing/captures.ts";
import { tools } from "./tools.ts";

const lintSaid = (said: readonly Said[]) => lint(pcap(packetsOf(said)), tools);

/** Findings in short: who, what, and in which packet. */
const short = (said: readonly Said[]): string[] =>
  lintSaid(said).findings.map(({ severity, side, code, place }) =>
    [severity === "violation" ? undefined : severity, side, code, place].filter(Boolean).join(" "),
  );

const c = (data: Uint8Array | string): Said => ({ side: "client", data });
const s = (data: Uint8Array | string): Said => ({ side: "server", data });

test("a conversation without fault has none", () => {
  const report = lintSaid(
    conversation([
      c(frame("client", 1, "hello")),
      s(frame("server", 1, "he", { fin: false })),
      s(frame("server", 9, "ping")),
      s(frame("server", 0, "llo")),
      c(frame("client", 10, "ping")),
      ...closing,
    ]),
  );
  expect(report.findings).toEqual([]);
  expect([report.format, report.unit, report.count]).toEqual(["pcap", "packet", 14]);
  const [one] = report.conversations;
  expect(one).toMatchObject({ label: "10.0.0.1:50000 → 10.0.0.2:80", http: "1.1" });
  expect(
    one!.messages.map(({ side, kind, place, lastPlace, data }) => [
      side,
      kind,
      place,
      lastPlace,
      Buffer.from(data!).toString("latin1"),
    ]),
  ).toEqual([
    ["client", "text", 6, 6, "hello"],
    ["server", "ping", 8, 8, "ping"],
    ["server", "text", 7, 9, "hello"],
    ["client", "pong", 10, 10, "ping"],
    ["client", "close", 11, 11, "\u0003\u00e8"],
    ["server", "close", 12, 12, "\u0003\u00e8"],
  ]);
  expect(one!.frames.map(({ message }) => message)).toEqual([0, 2, 1, 2, 3, 4, 5]);
});

describe("frames (RFC 6455 §5)", () => {
  const rows: [string, Said[], string[]][] = [
    [
      "an unmasked frame of a client",
      [c(frame("client", 1, "a", { masked: false }))],
      ["client mask-required 6"],
    ],
    [
      "a masked frame of a server",
      [s(frame("server", 1, "a", { masked: true }))],
      ["server mask-forbidden 6"],
    ],
    ["reserved bits", [s(frame("server", 1, "a", { rsv: 2 }))], ["server reserved-bits 6"]],
    ["an opcode that is not known", [c(frame("client", 3, "a"))], ["client unknown-opcode 6"]],
    [
      "a control frame in fragments",
      [c(frame("client", 9, "a", { fin: false }))],
      ["client fragmented-control 6"],
    ],
    [
      "a control frame of 126 bytes",
      [s(frame("server", 9, "a".repeat(126)))],
      ["server oversized-control 6"],
    ],
    [
      "a length in too many bytes",
      [s(Uint8Array.of(0x81, 126, 0, 1, 97))],
      ["server non-minimal-length 6"],
    ],
    [
      "a continuation of nothing",
      [s(frame("server", 0, "a"))],
      ["server unexpected-continuation 6"],
    ],
    [
      "a message that another interrupts",
      [s(frame("server", 1, "a", { fin: false })), s(frame("server", 1, "b"))],
      ["server interrupted-message 7"],
    ],
    ["text that is not UTF-8", [s(frame("server", 1, "ab\u00ff"))], ["server invalid-utf8 6"]],
    [
      "text that is not UTF-8 in its second fragment",
      [s(frame("server", 1, "ab\u00c3", { fin: false })), s(frame("server", 0, "x"))],
      ["server invalid-utf8 7"],
    ],
    [
      "text that ends within a character",
      [s(frame("server", 1, "ab\u00c3"))],
      ["server invalid-utf8 6"],
    ],
    [
      "the same masking key again",
      [c(frame("client", 1, "a", { mask: 7 })), c(frame("client", 1, "b", { mask: 7 }))],
      ["client predictable-mask 7"],
    ],
  ];
  test.each(rows)("%s", (_, said, expected) => {
    expect(short(conversation([...said, ...closing]))).toEqual(expected);
  });

  const endings: [string, Said[], string[]][] = [
    [
      "a close frame of one byte",
      [c(frame("client", 8, "a")), closing[1]!],
      ["client invalid-close 6"],
    ],
    [
      "a code that no frame may carry",
      [c(frame("client", 8, "\u0003\u00ed")), closing[1]!],
      ["client invalid-close-code 6"],
    ],
    [
      "a reason that is not UTF-8",
      [c(frame("client", 8, "\u0003\u00e8\u00ff")), closing[1]!],
      ["client invalid-close-reason 6"],
    ],
    [
      "data after a close frame",
      [closing[0]!, c(frame("client", 1, "late")), closing[1]!],
      ["client data-after-close 7"],
    ],
    ["a close frame without an answer", [closing[0]!], ["server close-not-answered 8"]],
    [
      "no close frame",
      [c(frame("client", 1, "a"))],
      ["warning client no-close-frame 8", "warning server no-close-frame 8"],
    ],
    [
      "an end inside a frame",
      [c(frame("client", 1, "abcd").subarray(0, 8)), closing[1]!],
      ["client close-not-answered 9", "client ended-within 9"],
    ],
    [
      "a ping without a pong",
      [
        s(frame("server", 9, "?")),
        ...Array.from({ length: 3 }, () => c(frame("client", 1, "a"))),
        ...closing,
      ],
      ["client unanswered-ping 6"],
    ],
  ];
  test.each(endings)("%s", (_, said, expected) => {
    expect(short(conversation(said)).sort()).toEqual(expected);
  });

  test("what is behind a fault is read too, and offsets are the side's own", () => {
    const { findings } = lintSaid(
      conversation([
        s(Buffer.concat([frame("server", 1, "a", { rsv: 1 }), frame("server", 5, "b")])),
        ...closing,
      ]),
    );
    expect(findings.map(({ code, offset, clause }) => [code, offset, clause])).toEqual([
      ["reserved-bits", 0, "RFC 6455 §5.2"],
      ["unknown-opcode", 3, "RFC 6455 §5.2"],
    ]);
  });
});

describe("openings (RFC 6455 §4)", () => {
  type Fields = Record<string, string | undefined>;
  const rows: [string, Fields, Fields, string[]][] = [
    ["no Host", { Host: undefined }, {}, ["client opening-host 4"]],
    [
      "a key that is none",
      { "Sec-WebSocket-Key": "short" },
      { "Sec-WebSocket-Accept": undefined },
      ["client opening-key 4", "server opening-accept 5"],
    ],
    ["another version", { "Sec-WebSocket-Version": "12" }, {}, ["client opening-version 4"]],
    ["no Connection", { Connection: "keep-alive" }, {}, ["client opening-connection 4"]],
    ["the wrong Accept", {}, { "Sec-WebSocket-Accept": "AAAA" }, ["server opening-accept 5"]],
    ["no Upgrade in the answer", {}, { Upgrade: undefined }, ["server opening-upgrade 5"]],
    [
      "a subprotocol that was not offered",
      { "Sec-WebSocket-Protocol": "a, b" },
      { "Sec-WebSocket-Protocol": "c" },
      ["server opening-protocol 5"],
    ],
    [
      "a subprotocol twice",
      { "Sec-WebSocket-Protocol": "a, a" },
      {},
      ["client opening-protocol 4"],
    ],
    [
      "an extension that was not offered",
      {},
      { "Sec-WebSocket-Extensions": "permessage-deflate" },
      ["server extension-not-offered 5"],
    ],
    [
      "an offer that cannot be read",
      { "Sec-WebSocket-Extensions": "a;=" },
      {},
      ["client extension-field 4"],
    ],
    [
      "a window larger than was asked for",
      { "Sec-WebSocket-Extensions": "permessage-deflate; server_max_window_bits=10" },
      { "Sec-WebSocket-Extensions": "permessage-deflate; server_max_window_bits=12" },
      ["server deflate-parameter 5"],
    ],
    [
      "a parameter that was not offered",
      { "Sec-WebSocket-Extensions": "permessage-deflate" },
      { "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits=10" },
      ["server deflate-parameter 5"],
    ],
    [
      "an extension of others",
      { "Sec-WebSocket-Extensions": "x-secret" },
      { "Sec-WebSocket-Extensions": "x-secret" },
      ["note unknown-extension 5"],
    ],
  ];
  test.each(rows)("%s", (_, ask, answer, expected) => {
    expect(
      short(conversation([...closing], { ask: request(ask), answer: response(answer) })),
    ).toEqual(expected);
  });

  test("a refusal is a note, and what follows on the connection is read", () => {
    const said = conversation([c(request()), s(response()), ...closing], {
      answer: "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno",
    });
    const report = lintSaid(said);
    expect(report.findings.map(({ code, message }) => [code, message])).toEqual([
      ["refused", "the opening was answered with HTTP/1.1 401 Unauthorized"],
    ]);
    expect(report.conversations).toHaveLength(2);
    expect(report.conversations[1]!.messages).toHaveLength(2);
  });

  test("ordinary requests come before, a tunnel is looked into, and data before the answer is told", () => {
    const plain = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    const report = lintSaid([
      { side: "client", flags: "S" },
      c("CONNECT example.com:80 HTTP/1.1\r\nHost: example.com\r\n\r\n"),
      s("HTTP/1.1 200 Connection established\r\n\r\n"),
      c(plain),
      s(chunked),
      c(request()),
      c(frame("client", 1, "early")),
      s(response()),
      ...closing,
    ]);
    expect(report.findings.map(({ code, place }) => [code, place])).toEqual([["early-data", 7]]);
    expect(report.conversations[0]!.label).toBe("10.0.0.1:50000 → 10.0.0.2:80 → example.com:80");
    expect(Buffer.from(report.conversations[0]!.messages[0]!.data!).toString()).toBe("early");
  });
});

describe("compression (RFC 7692)", () => {
  const deflate = (text: string, options: object = {}): Buffer =>
    deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH, ...options }).subarray(0, -4);
  const open = (answer = "permessage-deflate") => ({
    ask: request({ "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits" }),
    answer: response({ "Sec-WebSocket-Extensions": answer }),
  });
  const long = "the quick brown fox jumps over the lazy dog. ".repeat(3);
  const again = (): Buffer => deflate(long, { dictionary: Buffer.from(long) });

  test("fragments and an empty last one, with context", () => {
    const first = deflate(long);
    const report = lintSaid(
      conversation(
        [
          s(frame("server", 1, first.subarray(0, 9), { fin: false, rsv: 4 })),
          s(frame("server", 0, first.subarray(9), { fin: false })),
          s(frame("server", 0, "")),
          s(frame("server", 1, again(), { rsv: 4 })),
          c(frame("client", 2, "", { rsv: 4 })),
          ...closing,
        ],
        open(),
      ),
    );
    expect(report.findings).toEqual([]);
    expect(
      report.conversations[0]!.messages.slice(0, 3).map(({ frames, compressed, data }) => [
        frames,
        compressed,
        Buffer.from(data!).toString(),
      ]),
    ).toEqual([
      [3, true, long],
      [1, true, long],
      [1, true, ""],
    ]);
  });

  const rows: [string, string, Uint8Array[], string[]][] = [
    [
      "no context was agreed on, and it is used",
      "permessage-deflate; server_no_context_takeover",
      [deflate(long), again()],
      ["server context-kept 7"],
    ],
    [
      "no DEFLATE data",
      "permessage-deflate",
      [Uint8Array.of(0xff, 0xff, 0xff)],
      ["server invalid-compressed-data 6"],
    ],
    [
      "a window larger than was agreed on",
      "permessage-deflate; server_max_window_bits=9",
      [deflate("abcdefgh".repeat(4) + randomText(2000) + "abcdefgh".repeat(4) + randomText(2000))],
      ["server window-exceeded 6"],
    ],
  ];
  test.each(rows)("%s", (_, answer, payloads, expected) => {
    const said = payloads.map((payload) => s(frame("server", 1, payload, { rsv: 4 })));
    expect(short(conversation([...said, ...closing], open(answer)))).toEqual(expected);
  });

  test.each([
    [
      "on a continuation",
      [frame("server", 1, "a", { fin: false }), frame("server", 0, "", { rsv: 4 })],
      7,
    ],
    ["on a control frame", [frame("server", 9, "a", { rsv: 4 })], 6],
  ])("RSV1 %s", (_, frames, place) => {
    const said = frames.map((one) => s(one));
    expect(short(conversation([...said, ...closing], open()))).toEqual([
      `server reserved-bits ${place}`,
    ]);
  });
});

/** Text that hardly compresses, the same each time. */
function randomText(size: number): string {
  let seed = 1;
  return Array.from({ length: size }, () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return String.fromCharCode(97 + (seed % 26));
  }).join("");
}

describe("capture files", () => {
  const said = conversation([s(frame("server", 1, "hello", { rsv: 1 })), ...closing]);
  const expected = [["reserved-bits", 6]];
  const found = (file: Uint8Array): unknown[] =>
    lint(file, tools).findings.map(({ code, place }) => [code, place]);

  test.each(
    Object.keys(LINKS).flatMap((link) => [
      [link, false],
      [link, true],
    ]) as [string, boolean][],
  )("link type %s, IPv6 %s", (link, ipv6) => {
    expect(found(pcap(packetsOf(said, { ipv6 }), { link }))).toEqual(expected);
  });

  test.each([
    ["big", false],
    ["little", false],
    ["big", true],
    ["little", true],
  ] as const)("classic, %s endian, nanoseconds %s", (order, nano) => {
    const report = lint(pcap(packetsOf(said), { order, nano }), tools);
    expect(report.findings.map(({ code, place }) => [code, place])).toEqual(expected);
    expect(report.conversations[0]!.frames[0]!.time).toBe(1_005_500);
  });

  test.each(["big", "little"] as const)("pcapng of two interfaces, %s endian", (order) => {
    const report = lint(pcapng(packetsOf(said), ["ethernet", "sll2"], { order }), tools);
    expect(report.format).toBe("pcapng");
    expect(report.findings.map(({ code, place }) => [code, place])).toEqual(expected);
    expect(report.conversations[0]!.frames.map(({ time }) => time)).toEqual([
      1_005_000, 1_006_000, 1_007_000,
    ]);
  });

  test("IPv6 addresses are written short", () => {
    const [one] = lint(pcap(packetsOf(said, { ipv6: true })), tools).conversations;
    expect(one!.label).toBe("[2001:db8::1]:50000 → [2001:db8::2]:80");
  });

  test("a link type that is not known, and a file that ends early, are said as such", () => {
    const other = pcap(packetsOf(said));
    other[20] = 147;
    expect(lint(other, tools).findings).toMatchObject([
      { severity: "note", code: "link-type", message: "packets of link type 147 are not read" },
    ]);
    const cut = lint(pcap(packetsOf(said)).slice(0, -3), tools);
    expect(cut.findings.find(({ code }) => code === "file")).toMatchObject({
      message: "the file ends inside a packet",
    });
  });

  test("what is no such file is refused", () => {
    for (const bytes of [Uint8Array.of(), Buffer.from("hello"), Buffer.from("{}")])
      expect(() => lint(bytes, tools)).toThrow(LintError);
  });
});

describe("TCP", () => {
  const text = "a message of some length, in several segments";
  const whole = frame("server", 1, text);
  const said = conversation([
    s(whole.subarray(0, 10)),
    s(whole.subarray(10, 20)),
    s(whole.subarray(20)),
    s(frame("server", 1, "next")),
    ...closing,
  ]);
  const packets = packetsOf(said);
  const texts = (file: readonly (typeof packets)[number][]): (string | undefined)[] =>
    lint(pcap(file), tools)
      .conversations[0]!.messages.filter(({ kind }) => kind === "text")
      .map(({ data }) => data && Buffer.from(data).toString());
  const [a, b, d] = [packets[5]!, packets[6]!, packets[7]!];
  const before = packets.slice(0, 5);
  const after = packets.slice(8);

  test.each([
    ["in order", [a, b, d]],
    ["out of order", [d, b, a]],
    ["doubled", [a, a, b, a, d, d]],
    ["in IP fragments", [...fragmented(a), b, ...fragmented(d)]],
  ])("segments %s", (_, middle) => {
    const file = [...before, ...middle, ...after];
    expect(texts(file)).toEqual([text, "next"]);
    expect(lint(pcap(file), tools).findings).toEqual([]);
  });

  test("a segment that is lost inside a message costs that message, and is said", () => {
    const file = [...before, a, d, ...after];
    expect(texts(file)).toEqual([undefined, "next"]);
    expect(lint(pcap(file), tools).findings).toMatchObject([
      { severity: "note", code: "not-seen", place: 7, message: "the capture lacks a segment" },
    ]);
  });

  test("a segment that is cut by the snap length, too", () => {
    const file = [...before, a, { ...b, snap: 14 + 40 + 3 }, d, ...after];
    expect(texts(file)).toEqual([undefined, "next"]);
    expect(lint(pcap(file), tools).findings).toMatchObject([
      { severity: "note", place: 7, message: "the packet was cut by the snap length" },
    ]);
  });

  test("one that holds the head of a frame costs the rest of that side", () => {
    const { findings, conversations } = lint(pcap([...before, b, d, ...after]), tools);
    expect(findings.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/10 bytes of the server's stream: its rest is not read$/),
    );
    expect(conversations[0]!.messages.map(({ side }) => side)).toEqual(["client"]);
  });

  test("a head that is cut is said", () => {
    const cut = packets.map((one, index) => (index === 3 ? { ...one, snap: 100 } : one));
    expect(lint(pcap(cut), tools).findings[0]!.message).toMatch(
      /^10\.0\.0\.1:50000 .*: the packet was cut by the snap length: its HTTP is not read further$/,
    );
  });

  test("two connections from the same ports, one after the other, are two", () => {
    const report = lint(pcap([...packets, ...packetsOf(said, { first: 77 })]), tools);
    expect(report.conversations).toHaveLength(2);
    expect(report.findings).toEqual([]);
  });
});
