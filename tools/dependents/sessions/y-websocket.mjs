/** y-websocket: eight documents that become one, by its own server. */
import { setupWSConnection } from "y-websocket/bin/utils";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { WebSocket, WebSocketServer } from "ws";
import { assert, done, listen, once, until } from "./helpers.mjs";
import http from "node:http";

const server = http.createServer();
const port = await listen(server);
const sockets = new WebSocketServer({ server });
sockets.on("connection", setupWSConnection);
const documents = Array.from({ length: 8 }, () => new Y.Doc());
const providers = documents.map(
  (document) =>
    new WebsocketProvider(`ws://127.0.0.1:${port}`, "room", document, {
      WebSocketPolyfill: /** @type {any} */ (WebSocket),
      disableBc: true,
    }),
);
await Promise.all(
  providers.map((provider) =>
    provider.synced ? undefined : new Promise((resolve) => provider.once("sync", resolve)),
  ),
);
for (let i = 0; i < 100; i++) documents[i % 8].getArray("list").push([i]);
documents[0].getText("text").insert(0, "grüße ☃ ".repeat(2000));
await until(
  () =>
    documents.every(
      (document) =>
        document.getArray("list").length === 100 && document.getText("text").length === 16_000,
    ),
  "eight documents that are one",
);
const lists = documents.map((document) => JSON.stringify(document.getArray("list").toArray()));
assert.equal(new Set(lists).size, 1);
providers[0].awareness.setLocalState({ name: "first" });
await until(
  () =>
    providers.every(({ awareness }) =>
      [...awareness.getStates().values()].some((state) => state.name === "first"),
    ),
  "awareness",
);
for (const provider of providers) provider.destroy();
await until(() => sockets.clients.size === 0, "nobody is left");
void once;
done("eight documents, 100 changes, 18 kB of text, awareness");
