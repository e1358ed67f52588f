import { expect, test } from "vitest";
import {
  DEFAULT_EVENT_STREAM_CLIENT_OPTIONS,
  type EventStreamClientOptions,
  resolveClientOptions,
} from "../../../src/sse/client/options.ts";
import { UsageError } from "../../../src/violation.ts";

test("nothing given: the defaults", () => {
  expect(resolveClientOptions()).toEqual(DEFAULT_EVENT_STREAM_CLIENT_OPTIONS);
  expect(resolveClientOptions({ jitter: undefined } as never)).toEqual(
    DEFAULT_EVENT_STREAM_CLIENT_OPTIONS,
  );
});

const taken: Partial<EventStreamClientOptions>[] = [
  { maxLineSize: 1, maxEventSize: 1 },
  { lastEventId: "é" },
  { reconnectDelay: 0, maxReconnectDelay: 0 },
  { reconnectDelay: 2 ** 31 - 1, maxReconnectDelay: 2 ** 31 - 1 },
  { backoff: 1.5, jitter: 1 },
  { reconnectStatuses: [500, 503] },
];
test.each(taken)("%j", (given) =>
  expect(resolveClientOptions(given)).toEqual({ ...DEFAULT_EVENT_STREAM_CLIENT_OPTIONS, ...given }),
);

test("what is not a client's is left out", () => {
  expect(resolveClientOptions({ headers: {}, jitter: 0.5 } as never)).toEqual({
    ...DEFAULT_EVENT_STREAM_CLIENT_OPTIONS,
    jitter: 0.5,
  });
});

const refused: [name: keyof EventStreamClientOptions, value: unknown][] = [
  ["maxLineSize", 0],
  ["maxLineSize", 1.5],
  ["maxLineSize", "1"],
  ["maxEventSize", Infinity],
  ["maxEventSize", null],
  ["lastEventId", 1],
  ["lastEventId", "a\nb"],
  ["lastEventId", "a\rb"],
  ["lastEventId", "a\0b"],
  ["reconnectDelay", -1],
  ["reconnectDelay", NaN],
  ["reconnectDelay", 2 ** 31],
  ["maxReconnectDelay", 0.5],
  ["backoff", 0.5],
  ["backoff", Infinity],
  ["jitter", -0.1],
  ["jitter", 1.1],
  ["jitter", "1"],
  ["reconnectStatuses", 500],
  ["reconnectStatuses", [200]],
  ["reconnectStatuses", [600]],
  ["reconnectStatuses", ["500"]],
];
test.each(refused)("%s: %j is refused", (name, value) => {
  const resolve = () => resolveClientOptions({ [name]: value });
  expect(resolve).toThrow(UsageError);
  expect(resolve).toThrow(`${name}: expected `);
});
