// WebSockets only, over TLS: no HTTP server in between.
import { readFileSync } from "node:fs";
import { listen } from "@sansocket/node-adapter";

const [key = "key.pem", cert = "cert.pem", port = "8443"] = process.argv.slice(2);
const server = listen({
  port: Number(port),
  tls: { key: readFileSync(key), cert: readFileSync(cert) },
  websocket: { open: (socket) => socket.send("Nobody else can read this") },
});
await server.ready;
console.log(`Listening at ${server.url}`);
