// What the servers on Node's HTTP server share. They are started as `node --expose-gc server.mjs MODE`:
//   echo       sends each message back, as the library hands it over
//   relay      the same, by the cheapest way the library offers to pass a message on
//   broadcast  sends each message to every connection, the sender's too
//   idle       echo
//   deflate    echo, messages compressed as each library does when it is told no more
//   takeover   echo, compressed with context takeover where the client does not ask for none
import { createServer } from "node:http";
import { promisify } from "node:util";
import { announce } from "./announce.mjs";

export const mode = process.argv[2] ?? "echo";

export const server = createServer();

export function listen() {
  server.listen(0, "127.0.0.1", () => {
    announce(server.address().port, promisify(server.getConnections.bind(server)));
  });
}
