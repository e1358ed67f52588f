import fc from "fast-check";
import { expect, test } from "vitest";
import type { EventStreamClient } from "../../../src/sse/client/client.ts";
import { Story } from "./client-story.ts";

test("whatever happens, there is one request or one timer, or the client is closed", () => {
  const steps = fc.constantFrom<[uses: "" | "request" | "timer", happen: (story: Story) => void]>(
    [
      "",
      ({ client }) => {
        client.connect();
      },
    ],
    [
      "",
      (story) => {
        story.respond();
      },
    ],
    [
      "",
      (story) => {
        story.respond(503);
      },
    ],
    [
      "",
      (story) => {
        story.send("id:1\ndata:a\n\n");
      },
    ],
    [
      "",
      (story) => {
        story.send("data:123456789012345\n");
      },
    ],
    [
      "request",
      ({ client }) => {
        client.receiveEnd();
      },
    ],
    [
      "request",
      ({ client }) => {
        client.receiveError("reset");
      },
    ],
    [
      "timer",
      ({ client }) => {
        client.fireTimer("reconnect");
      },
    ],
  );
  const reactions = fc.constantFrom<(client: EventStreamClient) => void>(
    () => {},
    (client) => {
      client.close();
    },
    (client) => {
      client.connect();
    },
  );
  fc.assert(
    fc.property(
      fc.array(steps, { maxLength: 20 }),
      fc.array(reactions, { minLength: 1, maxLength: 5 }),
      fc.boolean(),
      (happening, reacting, again) => {
        const story = new Story({ maxLineSize: 12, reconnectStatuses: again ? [503] : [] });
        let requests = 0;
        let timers = 0;
        let told = 0;
        story.react = ([name]) => {
          if (name === "request") requests++;
          else if (name === "abandonRequest") requests--;
          else if (name === "setTimer") timers++;
          else if (name === "clearTimer") timers--;
          else reacting[told++ % reacting.length]!(story.client);
        };
        for (const [uses, happen] of happening) {
          const { state } = story.client;
          const before = story.log.length;
          // A request that has ended, or a timer that is due, is there no more.
          if (uses === "request" && (state === "connecting" || state === "open")) requests--;
          if (uses === "timer" && state === "waiting") timers--;
          happen(story);
          if (state === "closed") expect(story.log.length).toBe(before);
          const now = story.client.state;
          expect([requests, timers]).toEqual([
            now === "connecting" || now === "open" ? 1 : 0,
            now === "waiting" ? 1 : 0,
          ]);
        }
      },
    ),
    { numRuns: 1000 },
  );
});
