/** Connects to a broker, by its URL, and makes what topics need of it: what carries messages, and what keeps them. */
import { natsBackplane, natsHistory, redisBackplane, redisHistory } from "@sansocket/node-adapter";

/** @param {string} url `nats://host:port` or `redis://host:port` */
export async function connectBroker(url) {
  if (url.startsWith("nats:")) {
    const { connect } = await import("@nats-io/transport-node");
    const connection = await connect({
      servers: url.slice("nats://".length),
      reconnectTimeWait: 250,
      maxReconnectAttempts: -1,
    });
    return { backplane: natsBackplane(connection), store: natsHistory(connection) };
  }
  const { createClient } = await import("redis");
  const [publisher, subscriber] = [1, 2].map(() =>
    createClient({ url, socket: { reconnectStrategy: 250 } }),
  );
  // The client connects again after a loss; without this listener its `error` event would end the process.
  for (const client of [publisher, subscriber]) client.on("error", () => {});
  await Promise.all([publisher.connect(), subscriber.connect()]);
  const clients = { publisher, subscriber };
  return { backplane: redisBackplane(clients), store: redisHistory(clients) };
}
