import { expect, test } from "vitest";
import { closePayload, frame, masked } from "../../../src/testing/wire/bytes.ts";
import { explain, type Explanation } from "../../../src/trace/explain/explain.ts";
import { recordedPair } from "../recorded-pair.ts";

type Pair = ReturnType<typeof recordedPair>;

/** The explanation for the server of a pair, which `act` has ended. */
function told(
  act: (pair: Pair) => void,
  options: Parameters<typeof recordedPair>[0] = {},
): Explanation {
  const pair = recordedPair(options);
  pair.client.sendText("one");
  pair.settle();
  act(pair);
  return explain(pair.trace())[1]!;
}

test("a violation, with its byte and what is there, however the stream was cut", () => {
  for (const cuts of [[], [1], [3, 4]]) {
    const found = told(({ server }) => {
      const wrong = frame(1, "abc", { rsv: 4, key: 0x01020304 });
      for (const [index, at] of [0, ...cuts].entries())
        server.receive(wrong.slice(at, [...cuts, wrong.length][index]));
    });
    expect(found).toMatchObject({
      endedBy: "violation",
      initiator: "peer",
      offset: 9,
      bytes: "c183010203046060" + "60",
      rule: { code: "reserved-bits", clause: "RFC 6455 §5.2" },
    });
    expect(found.text).toContain(
      "The peer's stream broke a rule, or passed a limit, at byte 9 of its stream (c1 83 01",
    );
    expect(found.text).toContain("Before: opened as hybi-13; 1 message came; just before:");
    expect(found.text).toContain("What to change: reserved1 marks a compressed message");
  }
});

test.each([
  [
    "peer-close",
    "peer",
    ({ server }: Pair) => {
      server.receive(masked(8, closePayload(1001, "bye")));
      server.receiveEnd();
    },
    'Closed with 1001, going away: a page was left, or a server stops, reason "bye"; both sides agreed.',
  ],
  [
    "local-close",
    "local",
    ({ server }: Pair) => {
      server.close(1000);
      server.receive(masked(8, closePayload(1000)));
      server.receiveEnd();
    },
    "This side closed the connection, line",
  ],
  [
    "local-terminate",
    "local",
    ({ server }: Pair) => {
      server.terminate();
    },
    "This side dropped the connection",
  ],
  [
    "peer-end",
    "peer",
    ({ server }: Pair) => {
      server.receiveEnd();
    },
    "The peer ended the transport without a close frame",
  ],
  [
    "transport-lost",
    "network",
    ({ server }: Pair) => {
      server.receiveError();
    },
    "Closed with 1006, no close frame came; without a complete closing handshake.",
  ],
  ["still-open", undefined, () => {}, "The connection was still open when the trace ended."],
] as const)("%s", (endedBy, initiator, act, text) => {
  const found = told(act);
  expect(found).toMatchObject({ endedBy, initiator });
  expect(found.text).toContain(text);
});

test("from inside an event it was the application all the same", () => {
  expect(
    told(() => {}, {
      onText: (server) => {
        server.close(4001, "seen enough");
      },
    }),
  ).toMatchObject({ endedBy: "local-close", initiator: "local" });
});

test("an opening that fails", () => {
  const pair = recordedPair({
    choice: { origins: ["https://good.example"] },
    request: { headers: { Origin: "https://evil.example" } },
  });
  const [client, server] = explain(pair.trace());
  expect(server).toMatchObject({ endedBy: "violation", rule: { code: "handshake-failed" } });
  expect(server!.text).toContain("Before: the opening handshake was not over");
  expect(client).toMatchObject({
    rule: { code: "opening-refused", text: expect.stringContaining("403") },
  });
});
