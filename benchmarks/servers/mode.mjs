// The common part of the servers on Node's HTTP server. They are started as `node --expose-gc server.mjs MODE [CERTIFICATE]`:
//   echo       sends each message back, as the library hands it over
//   relay      the same, by the cheapest way the library offers to pass a message on
//   broadcast  sends each message to every connection, the sender's too
//   loop       the same, by a loop of sends where the library has something better, too
//   idle       echo
//   deflate    echo, messages compressed by the defaults of each library
//   takeover   echo, compressed with context takeover where the client does not ask for none
// CERTIFICATE is the path of a certificate without `.pem`; its key is in `-key.pem`. With it, the server speaks TLS.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { promisify } from "node:util";
import { announce } from "./announce.mjs";

const [given, certificate] = process.argv.slice(2);
export const mode = given ?? "echo";

export const server =
  certificate === undefined
    ? createServer()
    : createSecureServer({
        cert: readFileSync(`${certificate}.pem`),
        key: readFileSync(`${certificate}-key.pem`),
      });

export function listen() {
  server.listen(0, "127.0.0.1", () => {
    announce(server.address().port, promisify(server.getConnections.bind(server)));
  });
}
