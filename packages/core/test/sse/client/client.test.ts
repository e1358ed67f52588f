import { describe, expect, test } from "vitest";
import { type Entry, Story } from "./client-story.ts";

const WAIT: Entry = ["setTimer", "reconnect", 3000];

test("a stream, lost and found again", () => {
  const story = new Story();
  const { client } = story;
  expect(client.state).toBe("idle");
  client.connect();
  expect([client.state, story.take()]).toEqual(["connecting", [["request", ""]]]);
  story.respond();
  expect([client.state, story.take()]).toEqual(["open", [["onOpen"]]]);
  story.send("id: 1\ndata: a\n\nevent: b\ndata: c\n\nid: 2\n\nid: 3\ndata: not ended\n");
  expect(story.take()).toEqual([
    ["onEvent", "message", "a", "1"],
    ["onEvent", "b", "c", "1"],
  ]);
  expect(client.lastEventId).toBe("2");
  client.receiveEnd();
  expect([client.state, story.take()]).toEqual([
    "waiting",
    [WAIT, ["onError", "stream-ended", "waiting"]],
  ]);
  client.fireTimer("reconnect");
  expect([client.state, story.take()]).toEqual(["connecting", [["request", "2"]]]);
  story.respond();
  story.send("data: d\n\n");
  expect(story.take()).toEqual([["onOpen"], ["onEvent", "message", "d", "2"]]);
  client.close();
  expect([client.state, client.lastEventId, story.take()]).toEqual([
    "closed",
    "2",
    [["abandonRequest"]],
  ]);
});

describe("a response", () => {
  const open: Entry[] = [["onOpen"]];
  const failed = (code: string): Entry[] => [["abandonRequest"], ["onError", code, "closed"]];
  const cases: [name: string, status: number, contentType: string | null, expected: Entry[]][] = [
    ["200 and the media type", 200, "text/event-stream", open],
    ["with parameters", 200, "text/event-stream; charset=windows-1252", open],
    ["format-mime-valid-bogus", 200, "text/event-stream;x bogus", open],
    ["in other cases, with blanks", 200, " Text/Event-Stream ;", open],
    ["format-mime-bogus", 200, "x bogus", failed("bad-content-type")],
    ["format-mime-trailing-semicolon", 200, "text/event-stream;", open],
    ["no media type", 200, null, failed("bad-content-type")],
    ["JSON", 200, "application/json", failed("bad-content-type")],
    ["a list of types", 200, "text/event-stream, text/html", failed("bad-content-type")],
    ["204: stop", 204, null, failed("bad-status")],
    ...[205, 210, 299, 404, 410, 503].map((status): [string, number, string, Entry[]] => [
      `request-status-error: ${status}`,
      status,
      "text/event-stream",
      failed("bad-status"),
    ]),
    ["a redirect that was not followed", 301, null, failed("bad-status")],
    ["another status with another media type", 503, "text/html", failed("bad-status")],
  ];
  test.each(cases)("%s", (_, status, contentType, expected) => {
    const story = new Story();
    story.client.connect();
    story.take();
    story.respond(status, contentType);
    expect(story.take()).toEqual(expected);
    if (expected === open) return;
    story.client.receiveError(new Error("late"));
    story.client.connect();
    expect(story.take()).toEqual([]);
  });

  test("a status that is worth another try", () => {
    const story = new Story({ reconnectStatuses: [502, 503] });
    story.client.connect();
    story.take();
    story.respond(503, "text/html");
    expect(story.take()).toEqual([["abandonRequest"], WAIT, ["onError", "bad-status", "waiting"]]);
    story.client.fireTimer("reconnect");
    story.respond(204);
    expect(story.client.state).toBe("closed");
  });
});

describe("errors", () => {
  test("before a response", () => {
    const story = new Story();
    story.client.connect();
    story.take();
    story.client.receiveError("refused");
    expect(story.take()).toEqual([WAIT, ["onError", "connection-failed", "waiting"]]);
  });

  test("in mid-stream", () => {
    const story = new Story().open();
    story.send("data: a\n");
    story.client.receiveError(new Error("reset"));
    story.send("\n");
    expect(story.take()).toEqual([WAIT, ["onError", "stream-lost", "waiting"]]);
  });

  test("a stream beyond the limits: it would come again, so that is the end", () => {
    const story = new Story({ maxLineSize: 10 }).open();
    story.send("data: 123456789\n\ndata:b\n\n");
    expect(story.take()).toEqual([["abandonRequest"], ["onError", "line-too-big", "closed"]]);
  });

  test("what comes while waiting changes nothing", () => {
    const story = new Story().open();
    const { client } = story;
    client.receiveEnd();
    story.take();
    story.respond();
    story.send("data:a\n\n");
    client.receiveEnd();
    client.receiveError("late");
    expect([client.state, story.take()]).toEqual(["waiting", []]);
  });
});

describe("Last-Event-ID", () => {
  const cases: [name: string, id: string, field: string][] = [
    ["as it is", "42", "42"],
    ["beyond ASCII: the octets of UTF-8", "é水", "\u00c3\u00a9\u00e6\u00b0\u00b4"],
    ["with a tab and blanks", "a\tb c", "a\tb c"],
    ["with what a field cannot hold: none", "a\u0001", ""],
    ["empty: none", "", ""],
  ];
  test.each(cases)("%s", (_, id, field) => {
    const given = new Story({ lastEventId: id });
    given.client.connect();
    expect(given.take()).toEqual([["request", field]]);
    const received = new Story().open();
    received.send(`id:${id}\n\n`);
    received.client.receiveEnd();
    received.client.fireTimer("reconnect");
    expect(received.take().at(-1)).toEqual(["request", field]);
  });

  test("a stream begins with the id of the last", () => {
    const story = new Story({ lastEventId: "1" }).open();
    story.send("data:a\n\n");
    expect(story.take()).toEqual([["onEvent", "message", "a", "1"]]);
  });
});

describe("close()", () => {
  const cases: [name: string, before: (story: Story) => void, expected: Entry[]][] = [
    ["before the start", () => {}, []],
    [
      "before a response",
      ({ client }) => {
        client.connect();
      },
      [["abandonRequest"]],
    ],
    [
      "in mid-stream",
      (story) => {
        story.open();
        story.send("data:a\n");
      },
      [["abandonRequest"]],
    ],
    [
      "while waiting",
      (story) => {
        story.open().client.receiveEnd();
      },
      [["clearTimer", "reconnect"]],
    ],
    [
      "a second time",
      ({ client }) => {
        client.close();
      },
      [],
    ],
  ];
  test.each(cases)("%s", (_, before, expected) => {
    const story = new Story();
    const { client } = story;
    before(story);
    story.take();
    client.close();
    expect([client.state, story.take()]).toEqual(["closed", expected]);
    client.connect();
    story.respond();
    story.send("data:a\n\n");
    client.receiveEnd();
    client.receiveError("late");
    client.fireTimer("reconnect");
    expect([client.state, story.take()]).toEqual(["closed", []]);
  });

  const events: [name: string, expected: Entry[]][] = [
    ["onOpen", [["request", ""], ["onOpen"], ["abandonRequest"]]],
    ["onEvent", [["request", ""], ["onOpen"], ["onEvent", "message", "a", ""], ["abandonRequest"]]],
    [
      "onError",
      [
        ["request", ""],
        ["onOpen"],
        ["onEvent", "message", "a", ""],
        ["onEvent", "message", "b", ""],
        WAIT,
        ["onError", "stream-ended", "waiting"],
        ["clearTimer", "reconnect"],
      ],
    ],
  ];
  test.each(events)("from inside %s", (event, expected) => {
    const story = new Story();
    const { client } = story;
    story.react = ([name]) => {
      if (name === event) client.close();
    };
    client.connect();
    story.respond();
    story.send("data:a\n\ndata:b\n\n");
    client.receiveEnd();
    expect([client.state, story.take()]).toEqual(["closed", expected]);
  });
});

test("comments are told to one who asks", () => {
  const story = new Story({}, { comments: true }).open();
  story.send(": ping\n\n");
  expect(story.take()).toEqual([["onComment", "ping"]]);
});
