// Adds WebSockets to your own node:http server, such as Express's.
import { createServer } from "node:http";
import { reject, upgrade } from "@sansocket/node-adapter";

const server = createServer((request, response) => response.end("An ordinary page\n"));
const userOf = async (token) => (token ? { name: token } : undefined); // a database, which may be slow

server.on("upgrade", (request, socket, head) => {
  if (!request.url.startsWith("/chat")) return reject(socket, { status: 404 });
  const ws = upgrade(request, socket, head, {
    protocols: ["chat"],
    upgrade: async ({ url }) => {
      const user = await userOf(url.searchParams.get("user"));
      return user === undefined ? { status: 401, body: "Who are you?" } : { context: { user } };
    },
  });
  ws.on("open", () =>
    ws.send(`Welcome to ${ws.protocol || "no protocol"}, ${ws.context.user.name}`),
  );
  ws.on("message", (event) => ws.send(event)); // passed on as it came
});

server.listen(Number(process.argv[2] ?? 8080), () => {
  const { port } = server.address();
  console.log(
    `Pages at http://localhost:${port}/, WebSocket at ws://localhost:${port}/chat?user=ann`,
  );
});
