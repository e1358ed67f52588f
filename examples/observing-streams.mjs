// Prints what diagnostics_channel tells of the event streams in a process, of both sides.
import { subscribe } from "node:diagnostics_channel";
import { createServer } from "node:http";
import { EventSource } from "@sansocket/node-adapter";

const sideOf = (source) => (source instanceof EventSource ? "server" : "client");
const on = (name, tell) =>
  subscribe(`sansocket:eventsource:${name}`, (message) =>
    console.log(`${sideOf(message.eventsource)} ${tell(message)}`.trim()),
  );

on("open", ({ lastEventId }) => `open, last id ${JSON.stringify(lastEventId)}`);
for (const name of ["event_sent", "event_received"])
  on(name, ({ type, data, lastEventId }) => `${name} ${type} ${lastEventId}: ${data}`);
for (const name of ["comment_sent", "comment_received"])
  on(name, ({ text }) => `${name} ${JSON.stringify(text)}`);
on("socket_error", ({ error }) => `error: ${error.message}`);
on("close", ({ wasClean }) => `close${wasClean ? "" : ", not clean"}`);

const server = createServer((request, response) => {
  const source = new EventSource(request, response, { retry: 0.01, ping: 0 });
  source.ping();
  source.send("Hello", { id: source.lastEventId === "" ? "1" : "2" });
  source.close();
});
server.listen(0, "127.0.0.1", async () => {
  const client = new EventSource.Client(`http://127.0.0.1:${server.address().port}/`);
  for await (const { lastEventId } of client) if (lastEventId === "2") break;
  server.close();
  server.closeAllConnections();
});
