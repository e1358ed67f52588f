/** The client's request, and its reading of the stream. */
import { equal, eventually } from "../../assertion.ts";
import {
  type EventSourceClientBehaviour,
  inTurn,
  Scene,
  STREAM,
  type StreamRequest,
} from "./scene.ts";

export const streams: readonly EventSourceClientBehaviour[] = [
  {
    name: "asks for an event stream, with the fields it was given",
    run: (harness) =>
      Scene.with(
        harness,
        inTurn("data:a\n\n"),
        async ({ requests, log, ...scene }) => {
          await eventually(() => log.length === 2, "an event");
          const [{ url, headers }] = requests as [StreamRequest];
          equal(
            [
              url,
              headers["accept"],
              headers["cache-control"],
              headers["x-token"],
              headers["last-event-id"],
            ],
            ["/events", "text/event-stream", "no-cache", "42", undefined],
            "the request",
          );
          equal([log.join(), scene.client.readyState], ["open,a ", 1], "what was told");
        },
        { headers: { "X-Token": "42" } },
      ),
  },
  {
    name: "opens before the first event comes",
    run: (harness) =>
      Scene.with(
        harness,
        (_, response) => {
          response.writeHead(200, STREAM);
          response.write(":\n");
        },
        (scene) => scene.until("open"),
      ),
  },
  {
    name: "reads a large event of all kinds of characters, in whatever pieces it comes",
    run: async (harness) => {
      const data = "aé水😀".repeat(100_000);
      await Scene.with(harness, inTurn(`data:${data}\nid:x\n\n`), (scene) =>
        scene.until("open", `${data} x`),
      );
    },
  },
  {
    name: "follows redirects, and tells where the stream is from",
    run: async (harness) => {
      const target = await harness.serve(inTurn("data:a\n\n"));
      const origins: string[] = [];
      await Scene.with(
        harness,
        (_, response) => {
          response.writeHead(307, { Location: `http://127.0.0.1:${target.port}/` });
          response.end();
        },
        async ({ client, url }) => {
          client.on("message", ({ origin }) => origins.push(origin));
          await eventually(() => origins.length === 1, "an event");
          equal(
            [client.url, origins[0]],
            [url, `http://127.0.0.1:${target.port}`],
            "URL and origin",
          );
        },
      ).finally(() => target.stop());
    },
  },
  {
    // CVE-2022-1650 of npm eventsource: they went wherever a redirect led.
    name: "credentials stay at their origin when a redirect leads away from it; other fields, and the id, go along",
    run: async (harness) => {
      for (const status of [301, 302, 303, 307, 308]) {
        const asked: StreamRequest[] = [];
        const target = await harness.serve((request, response) => {
          asked.push(request);
          inTurn("data:a\n\n")(request, response);
        });
        await Scene.with(
          harness,
          (_, response) => {
            response.writeHead(status, { Location: `http://127.0.0.1:${target.port}/` });
            response.end();
          },
          async ({ requests }) => {
            await eventually(() => asked.length > 0, "the redirect to be followed");
            const fields = [requests[0]!, asked[0]!].map(({ headers }) =>
              ["authorization", "cookie", "x-a", "last-event-id"].map((name) => headers[name]),
            );
            equal(
              fields,
              [
                ["Bearer secret", "session=secret", "1", "4"],
                [undefined, undefined, "1", "4"],
              ],
              `the fields at both, after ${status}`,
            );
          },
          {
            headers: { Authorization: "Bearer secret", Cookie: "session=secret", "X-A": "1" },
            lastEventId: "4",
          },
        ).finally(() => target.stop());
      }
    },
  },
];
