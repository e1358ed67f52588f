/** MQTT.js with ours in place of ws, against mosquitto. */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { attempt } from "../conversation.ts";
import type { Row } from "../peer.ts";
import { freePort, printed, root, start } from "../processes.ts";
import type { Broker } from "./gateway.ts";
import { mosquitto } from "./gateways.ts";

const VERSION = "5.16.0";
const FOLDER = join(root, "packages/node-adapter");

/** Installs it beside a `ws` that is ours, and runs the program. */
const command = (port: number): string =>
  [
    "echo '{}' > package.json",
    `npm install --silent --no-audit --no-fund mqtt@${VERSION}`,
    "rm -r node_modules/ws",
    "mkdir node_modules/ws",
    `echo 'module.exports = require("${FOLDER}/cjs/ws.cjs")' > node_modules/ws/index.js`,
    `exec node mqtt-js.mjs ws://127.0.0.1:${port}/`,
  ].join(" && ");

async function run(): Promise<Row[]> {
  const port = await freePort();
  const broker = await start((folder) => mosquitto.command(folder, port, 0), {
    files: { "config.lua": mosquitto.config!(port, 0) },
    ports: [port],
  });
  const client = await start((folder) => {
    copyFileSync(join(FOLDER, "test/interop/brokers/mqtt-js.mjs"), join(folder, "mqtt-js.mjs"));
    return ["sh", "-c", command(port)];
  }, {});
  const says = (words: RegExp, milliseconds: number): Promise<string> =>
    attempt(async () => {
      if ((await client.line(words, milliseconds)) === undefined)
        throw new Error(client.lines.slice(-2).join(" / "));
      return undefined;
    });
  try {
    const opens = await says(/^opens by ours/, 60_000);
    const text = await says(/^text arrives/, 5000);
    const binary = await says(/^binary arrives/, 15_000);
    await broker.stop();
    const theirs = await says(/^gone/, 5000);
    const cells = {
      opens,
      text,
      binary,
      ping: "–",
      deflate: "–",
      ours: "–",
      gone: "–",
      events: "–",
    };
    return [{ http: "1.1", cells: { ...cells, theirs: theirs === "yes" ? "notices" : theirs } }];
  } finally {
    await client.stop();
    await broker.stop();
  }
}

export const mqttJs: Broker = {
  name: "mqtt-js",
  role: "broker",
  http: ["1.1"],
  install: "apt-get install mosquitto; npm",
  notes:
    "MQTT.js with `@sansocket/node-adapter/ws` in place of ws, against mosquitto, which takes two seconds for 100 KB",
  version: () =>
    printed("sh", "-c", "command -v mosquitto && command -v npm") === undefined
      ? undefined
      : `MQTT.js ${VERSION}`,
  run,
};
