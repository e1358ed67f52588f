// Uses your own Deno.Conn: accepted by Deno.listen (or listenTls, or on a Unix socket), or connected by Deno.connect.
import { accept, connect } from "@sansocket/deno-adapter";

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const { port } = listener.addr as Deno.NetAddr;
const [served, client] = await Promise.all([
  listener.accept().then((conn) => accept(conn)),
  Deno.connect({ hostname: "127.0.0.1", port }).then((conn) =>
    connect(`ws://127.0.0.1:${port}/`, { conn }),
  ),
]);
served.on("message", (event) => served.send(event));
client.send("Hello");
for await (const message of client) {
  console.log(message);
  client.close();
}
listener.close();
