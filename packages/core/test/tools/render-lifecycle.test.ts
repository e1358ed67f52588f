import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { LIFECYCLE_DOCUMENT, renderLifecycle } from "../../tools/render-lifecycle.ts";

const rendered = renderLifecycle();
const lines = rendered.split("\n");

test("docs/lifecycle.md is what the chart says", () => {
  expect(
    readFileSync(LIFECYCLE_DOCUMENT, "utf8"),
    "docs/lifecycle.md is stale: run `pnpm --filter @sansocket/core docs:lifecycle`",
  ).toBe(rendered);
});

test.each([
  ["a beginning", "  [*] --> alive"],
  ["a state within a state", "      state connecting {"],
  ["a state's name comes before its notes", "        awaitingResponse : awaitingResponse"],
  ["tags", "      open : readable, writable, sendable"],
  ["entry, without xstate's timers", "        awaitingResponse : entry / writeHead"],
  ["an arrow with an action", "  open --> ending : violation / writeClose"],
  ["an arrow without", "  open --> draining : close.requested"],
  ["a timer", "  closing --> closed : after close / destroyTransport"],
  [
    "several arrows between the same states",
    "  life --> closed : terminate.requested / destroyTransport<br>transport.ended / endTransport<br>transport.lost",
  ],
  ["regions, divided", "    --"],
  ["an event of a region", "  short --> prolonged : output.waiting / prolongEnd"],
  ["a condition", "        state exchanged <<choice>>"],
  ["its branches", "  exchanged --> ending : isServer<br>isStream"],
  ["otherwise", "  exchanged --> lingering : else"],
])("the diagram has %s", (_, line) => expect(lines).toContain(line));

test.each([
  ["| `alive.open` | open | readable, writable, sendable |"],
  ["| `alive.closing.ending` | `transport.ended` | `stopTimer(close)`, `emitClose` | `closed` |"],
  [
    "| `alive.closing.lingering` | `transport.ended` | `stopTimer(close)`, `endTransport`, `emitClose` | `closed` |",
  ],
  [
    "| `carrier.stream` | `alive.closing.awaitingClose` | `close.received` | `hastenEnd`, `discardInput`, `endTransport` | `alive.closing.ending` |",
  ],
])("the tables have %s", (line) => expect(lines).toContain(line));
