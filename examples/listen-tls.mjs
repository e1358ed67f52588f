// WebSockets only, over TLS: no HTTP server in between.
import { readFileSync } from "node:fs";
import { listen } from "@sansocket/node-adapter";

const server = listen({
  port: Number(process.env.PORT ?? 8443),
  tls: { key: readFileSync(process.env.TLS_KEY ?? "key.pem"), cert: readFileSync(process.env.TLS_CERT ?? "cert.pem") },
  websocket: {
    open: (socket) => socket.send("Nobody else can read this"),
    close: () => process.argv.includes("--once") && server.stop(),
  },
});
await server.ready;
console.log(`Listening at ${server.url}`);
