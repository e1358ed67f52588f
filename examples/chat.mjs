// What one says, all others hear: encoded once, and compressed once.
import { broadcast, prepare, serve } from "@sansocket/node-adapter";

const welcome = prepare("Welcome. Whoever is here hears you."); // encoded now, for everyone who will come
const server = serve({
  port: Number(process.argv[2] ?? 8080),
  perMessageDeflate: true,
  websocket: {
    open: (socket) => {
      socket.send(welcome);
      broadcast(server.clients, `${server.clients.size} are here`, { except: socket });
      socket.on("message", (event) => broadcast(server.clients, event, { except: socket })); // the event itself: it is not decoded
    },
  },
});
await server.ready;
console.log(`Chatting at ${server.url}`);
process.once("SIGTERM", () => server.stop()); // tells all of them 1001, and waits for 5 seconds at most
