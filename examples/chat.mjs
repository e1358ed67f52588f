// Sends each client's message to all others: encoded once, and compressed once.
import { broadcast, prepare, serve } from "@sansocket/node-adapter";

const welcome = prepare("Welcome. Whoever is here hears you."); // encoded now, for all later clients
const server = serve({
  port: Number(process.argv[2] ?? 8080),
  perMessageDeflate: true,
  websocket: {
    open: (socket) => {
      socket.send(welcome);
      broadcast(server.clients, `${server.clients.size} are here`, { except: socket });
      socket.on("message", (event) => broadcast(server.clients, event, { except: socket })); // the event itself, as it came
    },
  },
});
await server.ready;
console.log(`Chatting at ${server.url}`);
process.once("SIGTERM", () => server.stop()); // closes all with 1001, and waits for 5 seconds at most
