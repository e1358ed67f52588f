import { expect, test } from "vitest";
import { acceptsEventStream } from "../../../src/sse/server/accept.ts";

const cases: [accept: string | null | undefined, accepted: boolean][] = [
  ["text/event-stream", true],
  ["Text/Event-Stream", true],
  ["text/html, text/event-stream", true],
  ["text/html,text/event-stream ;q=0.9 , */*;q=0.1", true],
  ["text/event-stream;charset=utf-8", true],
  ["text/event-stream; q", true],
  ["text/event-stream;q=0.001", true],
  ["text/event-stream;q=0", false],
  ["text/event-stream; Q = 0.000", false],
  ["text/event-stream;level=1;q=0.0, text/html", false],
  ["*/*", false],
  ["text/*", false],
  ["text/event-streams", false],
  ["xtext/event-stream", false],
  ["", false],
  [undefined, false],
  [null, false],
];
test.each(cases)("%j: %s", (accept, accepted) => expect(acceptsEventStream(accept)).toBe(accepted));
