/** MQTT.js, where it finds ours in place of ws: `mqtt-js.mjs URL`. Tells what arrives, and that the broker has gone. */
import { createRequire } from "node:module";
import mqtt from "mqtt";

const { WebSocket } = createRequire(import.meta.url)("ws");
const client = mqtt.connect(process.argv[2], { reconnectPeriod: 0 });
client.on("error", ({ message }) => console.log(`error ${message}`));
client.on("close", () => console.log("gone"));
client.on("connect", async () => {
  console.log(`opens by ${client.stream.socket instanceof WebSocket ? "ours" : "another"}`);
  await client.subscribeAsync("a");
  const round = async (name, payload) => {
    const heard = new Promise((resolve) => client.once("message", (_, bytes) => resolve(bytes)));
    client.publish("a", payload);
    console.log(`${name} ${(await heard).equals(payload) ? "arrives" : "is another"}`);
  };
  await round("text", Buffer.from("wörld €"));
  await round("binary", Buffer.alloc(100_000, "0123456789"));
});
