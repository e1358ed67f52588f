/** NestJS with WsAdapter: a gateway's events, its life, two gateways at one port, and the application that closes. */
import "reflect-metadata";
import { Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { WsAdapter } from "@nestjs/platform-ws";
import { SubscribeMessage, WebSocketGateway } from "@nestjs/websockets";
import { WebSocket } from "ws";
import { assert, done, once, until } from "./helpers.mjs";

/** @type {string[]} */
const seen = [];
class Gateway {
  handleConnection() {
    seen.push("connection");
  }
  handleDisconnect() {
    seen.push("disconnect");
  }
  /** @param {unknown} _ @param {unknown} data */
  echo(_, data) {
    return { event: "echoed", data };
  }
}
SubscribeMessage("echo")(
  Gateway.prototype,
  "echo",
  /** @type {any} */ (Object.getOwnPropertyDescriptor(Gateway.prototype, "echo")),
);
WebSocketGateway({ path: "/one" })(Gateway);
class Other extends Gateway {}
WebSocketGateway({ path: "/two" })(Other);
class Application {}
Module({ providers: [Gateway, Other] })(Application);
const app = await NestFactory.create(Application, { logger: false });
app.useWebSocketAdapter(new WsAdapter(app));
await app.listen(0, "127.0.0.1");
const url = (await app.getUrl()).replace("http", "ws");
for (const path of ["/one", "/two"]) {
  const client = new WebSocket(url + path);
  await once(client, "open");
  client.send(JSON.stringify({ event: "echo", data: { deep: [1, 2] } }));
  assert.deepEqual(JSON.parse(String((await once(client, "message"))[0])), {
    event: "echoed",
    data: { deep: [1, 2] },
  });
  client.close();
  await once(client, "close");
}
await until(() => seen.filter((event) => event === "disconnect").length === 2, "both have left");
const refused = new WebSocket(`${url}/three`);
await Promise.race([once(refused, "error"), once(refused, "close")]);
const last = new WebSocket(`${url}/one`);
await once(last, "open");
const closed = once(last, "close");
await app.close();
await closed;
done("two gateways, events and answers, a path that is not there, close of the application");
