/** hocuspocus: its server and its providers, with authentication and one connection for two documents. */
import { HocuspocusProvider, HocuspocusProviderWebsocket } from "@hocuspocus/provider";
import { Server } from "@hocuspocus/server";
import { WebSocket } from "ws";
import * as Y from "yjs";
import { assert, done, until } from "./helpers.mjs";

const server = new Server({
  port: 0,
  address: "127.0.0.1",
  quiet: true,
  async onAuthenticate({ token }) {
    if (token !== "open sesame") throw new Error("no");
  },
});
await server.listen();
const url = `ws://127.0.0.1:${server.address.port}`;
const sockets = [0, 1].map(
  () => new HocuspocusProviderWebsocket({ url, WebSocketPolyfill: WebSocket }),
);
const documents = sockets.map(() => new Y.Doc());
const providers = documents.map((document, at) => {
  const provider = new HocuspocusProvider({
    websocketProvider: sockets[at],
    name: "room",
    document,
    token: "open sesame",
  });
  provider.attach();
  return provider;
});
await until(() => providers.every((provider) => provider.isSynced), "both are in step");
documents[0].getText("text").insert(0, "hello ".repeat(5000));
await until(() => documents[1].getText("text").length === 30_000, "the other has it");
let refused = false;
const stranger = new HocuspocusProvider({
  websocketProvider: sockets[0],
  name: "other",
  document: new Y.Doc(),
  token: "wrong",
  onAuthenticationFailed: () => {
    refused = true;
  },
});
stranger.attach();
await until(() => refused, "a wrong token is refused");
for (const provider of [...providers, stranger]) provider.destroy();
for (const socket of sockets) socket.destroy();
await until(() => server.hocuspocus.getConnectionsCount() === 0, "nobody is left");
assert.equal(documents[0].getText("text").toString(), documents[1].getText("text").toString());
await server.destroy();
done("two providers in step, 30 kB, a wrong token");
