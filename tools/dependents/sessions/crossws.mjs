/** crossws's hooks on Node: upgrade that may refuse, messages, topics, and closing. */
import http from "node:http";
import crossws from "crossws/adapters/node";
import { WebSocket, WebSocketServer } from "ws";
import { assert, done, listen, once, until } from "./helpers.mjs";

/** @type {string[]} */
const seen = [];
const adapter = crossws({
  wss: new WebSocketServer({ noServer: true }), // its own is bundled
  hooks: {
    upgrade(request) {
      if (request.headers.has("x-no")) throw new Response("no", { status: 403 });
    },
    open(peer) {
      peer.subscribe("room");
      seen.push("open");
    },
    message(peer, message) {
      if (message.text() === "all") peer.publish("room", "to all");
      else peer.send(`echo ${message.text()}`);
    },
    close(_, details) {
      seen.push(`close ${details.code}`);
    },
  },
});
const server = http.createServer();
server.on("upgrade", (request, socket, head) => {
  void adapter.handleUpgrade(request, /** @type {any} */ (socket), head);
});
const url = `ws://127.0.0.1:${await listen(server)}`;
const [one, two] = [new WebSocket(url), new WebSocket(url)];
await Promise.all([once(one, "open"), once(two, "open")]);
one.send("hi");
assert.equal(String((await once(one, "message"))[0]), "echo hi");
const told = once(two, "message");
one.send("all");
assert.equal(String((await told)[0]), "to all");
one.close(4000, "done");
await once(one, "close");
await until(() => seen.includes("close 4000"), "close is told");
const refused = new WebSocket(url, { headers: { "x-no": "1" } });
assert.match((await once(refused, "error"))[0].message, /403/);
two.terminate();
done("upgrade that refuses, echo, topics, close");
