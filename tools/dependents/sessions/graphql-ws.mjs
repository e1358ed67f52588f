/** graphql-ws: a query, a subscription, its completion by the client, and the close codes of its protocol. */
import { buildSchema } from "graphql";
import { createClient } from "graphql-ws";
import { useServer } from "graphql-ws/use/ws";
import { WebSocket, WebSocketServer } from "ws";
import { assert, done, listen, once } from "./helpers.mjs";
import http from "node:http";

const schema = buildSchema(
  "type Query { hello: String } type Subscription { count(to: Int!): Int }",
);
const server = http.createServer();
const port = await listen(server);
const sockets = new WebSocketServer({ server, path: "/graphql" });
useServer(
  {
    schema,
    roots: {
      query: { hello: () => "world" },
      subscription: {
        async *count(/** @type {{ to: number }} */ { to }) {
          for (let i = 1; i <= to; i++) yield { count: i };
        },
      },
    },
  },
  sockets,
  50,
);
const client = createClient({
  url: `ws://127.0.0.1:${port}/graphql`,
  webSocketImpl: WebSocket,
  keepAlive: 50,
});
/** @param {string} query */
async function ask(query) {
  const results = [];
  for await (const { data } of client.iterate({ query })) results.push(data);
  return results;
}
assert.deepEqual(JSON.parse(JSON.stringify(await ask("{ hello }"))), [{ hello: "world" }]);
assert.equal((await ask("subscription { count(to: 500) }")).length, 500);
for await (const { data } of client.iterate({ query: "subscription { count(to: 1000000) }" }))
  if (/** @type {any} */ (data).count === 100) break;
await new Promise((resolve) => setTimeout(resolve, 150)); // its pings
const bad = new WebSocket(`ws://127.0.0.1:${port}/graphql`, "graphql-transport-ws");
await once(bad, "open");
bad.send("not json");
assert.equal((await once(bad, "close"))[0], 4400);
const other = new WebSocket(`ws://127.0.0.1:${port}/graphql`, "another");
assert.equal(
  (
    await Promise.race([
      once(other, "close").catch((error) => [error.message]),
      once(other, "error"),
    ])
  ).length > 0,
  true,
);
await client.dispose();
done("query, subscription of 500, left early, pings, close 4400");
