// A process that counts: `node presence.process.mjs BROKER PORT INTERVAL SUBSCRIBERS`. It has so many subscribers of the topic "room", and prints a line with
// the time and the number in all processes, whenever that has changed since it looked: once a millisecond, before it reads what has come.
import { connect as connectNats } from "@nats-io/transport-node";
import { createClient } from "redis";
import { connect, natsBackplane, redisBackplane, serve, topics } from "@sansocket/node-adapter";

const [broker, port, interval, subscribers] = process.argv.slice(2);

async function backplaneOf() {
  if (broker === "nats-server")
    return natsBackplane(await connectNats({ servers: `127.0.0.1:${port}` }));
  const [publisher, subscriber] = [1, 2].map(() =>
    createClient({ url: `redis://127.0.0.1:${port}` }),
  );
  await Promise.all([publisher.connect(), subscriber.connect()]);
  return redisBackplane({ publisher, subscriber });
}

const rooms = topics({ backplane: await backplaneOf(), presenceInterval: Number(interval) });
const server = serve({
  hostname: "127.0.0.1",
  topics: rooms,
  websocket: { open: (socket) => socket.subscribe("room") },
});
await server.ready;
for (let at = 0; at < Number(subscribers); at++) await connect(server.url);

let last;
setInterval(() => {
  const count = rooms.count("room");
  if (count !== last) console.log(`${Date.now()} ${(last = count)}`);
}, 1);
