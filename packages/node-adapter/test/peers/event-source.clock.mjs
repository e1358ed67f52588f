// A server of event streams that may be killed at any moment: what it has sent is in a file. `node event-source.clock.mjs PORT STORE`
// It prints a line of JSON with its port, and reads commands: `tick N` sends an event, `who` is answered by a line of JSON, how many read and what they asked for.
import { appendFileSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { channel, EventSource } from "@sansocket/node-adapter";

const [port, store] = process.argv.slice(2);
const seen = [];
const eventOf = (id) => ({ data: `tick ${id}\nü`, event: "tick", id });
const since = (last) =>
  readFileSync(store, "utf8")
    .split("\n")
    .filter(Boolean)
    .map(Number)
    .filter((id) => id > Number(last))
    .map(eventOf);
const room = channel({ history: { since } });

const page = `<!doctype html><link rel="icon" href="data:,"><script>
  const ticks = [], source = new EventSource("/events");
  source.addEventListener("tick", ({ data, lastEventId }) => ticks.push([data, lastEventId]));
</script>`;

const server = createServer((request, response) => {
  if (!EventSource.isEventSource(request))
    return response.writeHead(200, { "Content-Type": "text/html" }).end(page);
  seen.push(request.headers["last-event-id"] ?? "");
  room.add(new EventSource(request, response, { retry: 0.05 }));
});
server.listen(Number(port), "127.0.0.1", () =>
  console.log(JSON.stringify({ port: server.address().port })),
);

createInterface({ input: process.stdin }).on("line", (line) => {
  const [command, id] = line.split(" ");
  if (command === "who") return console.log(JSON.stringify({ readers: room.size, seen }));
  appendFileSync(store, `${id}\n`);
  const { data, ...options } = eventOf(Number(id));
  room.send(data, options);
});
