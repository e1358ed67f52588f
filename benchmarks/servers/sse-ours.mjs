import { channel, EventSource } from "@sansocket/node-adapter";
import { serveStreams } from "./sse-mode.mjs";

const room = channel();
serveStreams({
  accept: (request, response) => {
    room.add(new EventSource(request, response, { ping: 0 }));
  },
  broadcast: (value, id) => {
    room.sendJSON(value, { event: "message", id });
  },
  each: (value, id) => {
    for (const source of room) source.sendJSON(value, { event: "message", id });
  },
});
