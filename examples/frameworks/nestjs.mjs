// NestJS: an adapter for gateways, at the port of the application. Without decorators' syntax, so that Node runs it as it is.
import "reflect-metadata";
import { EventEmitter } from "node:events";
import { Controller, Get, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { AbstractWsAdapter, SubscribeMessage, WebSocketGateway } from "@nestjs/websockets";
import { reject, upgrade } from "@sansocket/node-adapter";

/** A gateway's `options` are `path`, and those of `upgrade`. Messages are `{ "event", "data" }` in JSON, as with Nest's own WsAdapter. */
export class SansocketAdapter extends AbstractWsAdapter {
  gateways = new Map();

  create(port, { path = "/", namespace: _, server: _server, cors: _cors, ...options } = {}) {
    if (port !== 0) throw new Error("gateways share the port of the application: leave theirs out");
    if (this.gateways.size === 0)
      this.httpServer.on("upgrade", (...opening) => this.#open(...opening));
    const gateway = Object.assign(new EventEmitter(), { options, clients: new Set() });
    this.gateways.set(path, gateway);
    return gateway;
  }

  bindClientDisconnect(client, callback) {
    client.on("close", callback);
  }

  bindMessageHandlers(client, handlers, transform) {
    client.on("message", ({ data }) => {
      const message = readMessage(data);
      const handler = handlers.find(({ message: name }) => name === message?.event);
      if (handler === undefined) return;
      transform(handler.callback(message.data)).subscribe((answer) => {
        if (answer !== undefined) client.send(JSON.stringify(answer));
      });
    });
  }

  async close(gateway) {
    for (const client of gateway.clients) client.close(4001, "The server stops");
  }

  #open(request, socket, head) {
    const gateway = this.gateways.get(new URL(request.url, "http://here").pathname);
    if (gateway === undefined) return reject(socket, { status: 404 });
    const client = upgrade(request, socket, head, gateway.options);
    client.on("open", () => {
      gateway.clients.add(client);
      gateway.emit("connection", client, request);
    });
    client.on("close", () => gateway.clients.delete(client));
  }
}

function readMessage(data) {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

class Chat {
  handleConnection(client) {
    client.send(JSON.stringify({ event: "welcome", data: client.context.user }));
  }
  say(_client, data) {
    return { event: "said", data };
  }
}
SubscribeMessage("say")(
  Chat.prototype,
  "say",
  Object.getOwnPropertyDescriptor(Chat.prototype, "say"),
);
WebSocketGateway({
  path: "/chat",
  protocols: ["chat"],
  upgrade: ({ url }) => {
    const user = url.searchParams.get("name"); // a session, in earnest
    return user === null ? { status: 401, body: "Who are you?" } : { context: { user } };
  },
})(Chat);

class Pages {
  index() {
    return "An ordinary page\n";
  }
}
Get("/")(Pages.prototype, "index", Object.getOwnPropertyDescriptor(Pages.prototype, "index"));
Controller()(Pages);

class Application {}
Module({ controllers: [Pages], providers: [Chat] })(Application);

const app = await NestFactory.create(Application, { logger: false });
app.useWebSocketAdapter(new SansocketAdapter(app));
await app.listen(Number(process.argv[2] ?? 8080), "127.0.0.1");
console.log(`NestJS: ${(await app.getUrl()).replace("http", "ws")}/chat?name=ann`);
process.once("SIGTERM", () => app.close());
