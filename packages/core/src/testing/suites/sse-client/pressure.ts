/** How a client is closed, and reads no faster than it is read. */
import { equal, eventually, ok, pass, within } from "../../assertion.ts";
import { type EventSourceClientBehaviour, Scene, STREAM } from "./scene.ts";

export const pressure: readonly EventSourceClientBehaviour[] = [
  {
    name: "drops the connection when it is closed, or its signal aborts",
    run: async (harness) => {
      for (const how of ["close", "signal"]) {
        const abort = new AbortController();
        let left = false;
        await Scene.with(
          harness,
          (_, response) => {
            response.once("close", () => {
              left = true;
            });
            response.writeHead(200, STREAM);
            response.write("data:a\n\n");
          },
          async (scene) => {
            await scene.until("open", "a ");
            if (how === "close") scene.client.close();
            else abort.abort();
            await eventually(() => left, "the server to see it leave");
            equal(
              [scene.client.readyState, scene.log.length],
              [2, 2],
              "readyState and what was told",
            );
          },
          { signal: abort.signal },
        );
      }
    },
  },
  {
    name: "drops the connection though its fetch does not hear the signal",
    run: async (harness) => {
      let left = false;
      await Scene.with(
        harness,
        (_, response) => {
          response.once("close", () => {
            left = true;
          });
          response.writeHead(200, STREAM);
          response.write("data:a\n\n");
        },
        async (scene) => {
          await scene.until("open", "a ");
          scene.client.close();
          await eventually(() => left, "the server to see it leave");
        },
        { fetch: (url, init) => harness.fetch(url, { ...init, signal: null }) },
      );
    },
  },
  {
    name: "reads no faster than the loop that takes the events",
    run: async (harness) => {
      const event = `data:${"x".repeat(16_384)}\n\n`;
      const MOST = 4000; // 64 MiB in all: more than lies between two sockets
      let written = 0;
      await Scene.with(
        harness,
        (_, response) => {
          response.writeHead(200, STREAM);
          const write = (): void => {
            while (written < MOST) {
              written++;
              if (!response.write(event)) return void response.once("drain", write);
            }
            response.end();
          };
          write();
        },
        async ({ client }) => {
          const events = client[Symbol.asyncIterator]();
          let before = -1;
          await within(
            (async () => {
              while (before !== written) {
                before = written;
                await pass(300);
              }
            })(),
            "the server to be held back",
            30_000,
          );
          ok(written < MOST, `the server should wait, but has written all of ${MOST} events`);
          for (let at = 0; at < MOST; at++)
            equal((await within(events.next(), `event ${at}`)).done, false, "done");
          await events.return?.();
        },
      );
    },
  },
];
