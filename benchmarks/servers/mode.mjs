// What every server here shares. It is started as `node --expose-gc server.mjs MODE`:
//   echo       sends each message back, as the library hands it over
//   relay      the same, by the cheapest way the library offers to pass a message on
//   broadcast  sends each message to every connection, the sender's too
//   idle       echo
//   deflate    echo, messages compressed as each library does when it is told no more
//   takeover   echo, compressed with context takeover where the client does not ask for none
// It prints its port as a line of JSON; on SIGUSR2 it collects garbage and prints its memory and how many sockets are open.
import { createServer } from "node:http";

export const mode = process.argv[2] ?? "echo";

export const server = createServer();

export function listen() {
  server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
}

process.on("SIGUSR2", () => {
  globalThis.gc();
  globalThis.gc();
  // V8 gives pages back on another thread, a moment later.
  setTimeout(() => server.getConnections((_, open) => console.log(JSON.stringify({ ...process.memoryUsage(), open }))), 200);
});
