// The pure core without a socket: two connections in memory, and a wire that is a list of deliveries.
import { createClientConnection, createServerConnection } from "@sansocket/core";
import { createTestPlatform } from "@sansocket/core/testing";

const platform = createTestPlatform(); // its masks are predictable; nodePlatform of node-adapter has real entropy
const wire = [];

/** The actions of a connection: transport effects and events. It prints those that it does not handle. */
const actionsOf = (name, peer, handled) =>
  new Proxy(
    {
      write: (bytes) => wire.push(() => peer().receive(bytes)),
      writeMany: (pieces) => wire.push(...pieces.map((bytes) => () => peer().receive(bytes))),
      endTransport: () => wire.push(() => peer().receiveEnd()),
      onClose: (code, reason) => console.log(`${name}: onClose ${code} ${reason}`),
      ...handled,
    },
    {
      get: (known, action) =>
        known[action] ??
        ((detail) => console.log(`${name}: ${action}`, typeof detail === "string" ? detail : "")),
    },
  );

const textOf = (bytes, start, end) => Buffer.from(bytes.subarray(start, end)).toString();

const server = createServerConnection(
  actionsOf("server", () => client, {
    onRequest: () => server.accept(),
    onText: (bytes, start, end) => server.sendText(`You said: ${textOf(bytes, start, end)}`),
  }),
  platform,
);

const client = createClientConnection(
  actionsOf("client", () => server, {
    onOpen: () => client.sendText("Hello"),
    onText(bytes, start, end) {
      console.log(`client: onText ${textOf(bytes, start, end)}`);
      client.close(1000, "done");
    },
  }),
  platform,
  { host: "localhost", target: "/" },
);

server.expectRequest();
client.open();
for (const deliver of wire) deliver(); // a delivery may put more on the wire
