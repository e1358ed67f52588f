/** The client's reaction to every end of a stream. */
import { equal, eventually, pass } from "../../assertion.ts";
import { type EventSourceClientBehaviour, inTurn, Scene, STREAM } from "./scene.ts";

export const endings: readonly EventSourceClientBehaviour[] = [
  {
    name: "connects again when a stream ends, with the id of the last event in UTF-8",
    run: (harness) =>
      Scene.with(harness, inTurn("id: é水\ndata:a\n\n", "data:b\n\n"), async (scene) => {
        await scene.until("open", "a é水", "stream-ended", "open", "b é水");
        // A server reads field values as ISO 8859-1.
        equal(
          scene.requests[1]?.headers["last-event-id"],
          "\u00c3\u00a9\u00e6\u00b0\u00b4",
          "Last-Event-ID",
        );
      }),
  },
  {
    name: "connects again when a stream breaks off, and drops the event that was cut",
    run: (harness) => {
      let first = true;
      return Scene.with(
        harness,
        (_, response) => {
          response.writeHead(200, STREAM);
          response.write("id:1\ndata:a\n\nid:2\ndata:b\n");
          if (first) setTimeout(() => response.destroy(), 50);
          first = false;
        },
        async (scene) => {
          await scene.until("open", "a 1", "stream-lost", "open", "a 1");
          equal(scene.requests[1]?.headers["last-event-id"], "1", "Last-Event-ID");
        },
      );
    },
  },
  {
    name: "finds a server again that was killed and restarted",
    run: (harness) =>
      Scene.with(
        harness,
        (_, response) => {
          response.writeHead(200, STREAM);
          response.write("id:7\ndata:a\n\n");
        },
        async (scene) => {
          await scene.until("open", "a 7");
          await scene.server.stop();
          await eventually(
            () => scene.log.filter((entry) => entry === "connection-failed").length > 1,
            "attempts that fail",
          );
          equal(scene.client.readyState, 0, "readyState");
          scene.log.length = 0;
          const asked: unknown[] = [];
          scene.server = await harness.serve(({ headers }, response) => {
            asked.push(headers["last-event-id"]);
            inTurn("data:b\n\n")({ headers }, response);
          }, scene.server.port);
          await eventually(() => scene.log.includes("b 7"), "an event of the new server");
          equal(asked, ["7"], "Last-Event-ID");
        },
      ),
  },
  ...(
    [
      [204, {}, "bad-status"],
      [500, STREAM, "bad-status"],
      [200, { "Content-Type": "text/plain" }, "bad-content-type"],
    ] as const
  ).map(([status, headers, code]): EventSourceClientBehaviour => ({
    name: `is closed for good by ${status} with ${"Content-Type" in headers ? headers["Content-Type"] : "nothing"}`,
    run: (harness) =>
      Scene.with(
        harness,
        (_, response) => {
          response.writeHead(status, headers);
          response.end();
        },
        async (scene) => {
          await scene.until(code);
          await pass(60);
          equal(
            [scene.client.readyState, scene.requests.length],
            [2, 1],
            "readyState and requests",
          );
        },
      ),
  })),
];
