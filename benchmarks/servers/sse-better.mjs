import { createChannel, createSession } from "better-sse";
import { serveStreams } from "./sse-mode.mjs";

const room = createChannel();
serveStreams({
  accept: async (request, response) => {
    room.register(await createSession(request, response, { keepAlive: null }));
  },
  broadcast: (value, id) => {
    room.broadcast(value, "message", { eventId: id });
  },
  each: (value, id) => {
    for (const session of room.activeSessions) session.push(value, "message", id);
  },
});
