/**
 * Puts load on `server.mjs`, always through `ws` itself: `node client.mjs echo|room|documents PORT`. Each line on standard input is a number of seconds to
 * work; the answer is the number of messages that the server delivered meanwhile.
 */
import { createInterface } from "node:readline";

const [, , load, port] = process.argv;
const TEXT = "a text of sixty-four bytes, as people send it in chats every day";
let isWorking = false;
let delivered = 0;

const loads = {
  /** Sixteen clients, each with one question at a time. */
  echo: async () => {
    const clients = await socketIoClients(16, (at) => `${at}`);
    return () =>
      clients.map(async (client) => {
        while (isWorking) {
          await client.emitWithAck("echo", TEXT);
          delivered++;
        }
      });
  },
  /** Ten clients in one room; each speaks when it has heard its own last word. */
  room: async () => {
    const clients = await socketIoClients(10, () => "one");
    for (const client of clients) client.on("said", () => delivered++);
    return () =>
      clients.map(async (client, at) => {
        const text = `${at} ${TEXT}`;
        while (isWorking) {
          const heard = new Promise((resolve) => {
            const listener = (said) => {
              if (said !== text) return;
              client.off("said", listener);
              resolve();
            };
            client.on("said", listener);
          });
          client.emit("room", text);
          await heard;
        }
      });
  },
  /** Eight editors of one document; each goes on when another has its last change. */
  documents: async () => {
    const { WebsocketProvider } = await import("y-websocket");
    const { WebSocket } = await import("ws");
    const Y = await import("yjs");
    const documents = Array.from({ length: 8 }, () => new Y.Doc());
    for (const document of documents) {
      const options = { WebSocketPolyfill: WebSocket, disableBc: true };
      const provider = new WebsocketProvider(`ws://127.0.0.1:${port}`, "room", document, options);
      await new Promise((resolve) => provider.once("sync", resolve));
    }
    const maps = documents.map((document) => document.getMap("words"));
    for (const map of maps)
      map.observe((_, { origin }) => {
        if (origin !== null) delivered++;
      });
    return () =>
      maps.map(async (map, at) => {
        const other = maps[(at + 1) % maps.length];
        for (let count = 0; isWorking; count++) {
          const word = `${count} ${TEXT}`;
          const heard = new Promise((resolve) => {
            const listener = () => {
              if (other.get(`${at}`) !== word) return;
              other.unobserve(listener);
              resolve();
            };
            other.observe(listener);
          });
          map.set(`${at}`, word);
          await heard;
        }
      });
  },
};

async function socketIoClients(count, roomOf) {
  const { io } = await import("socket.io-client");
  const clients = [];
  for (let at = 0; at < count; at++) {
    const query = { room: roomOf(at) };
    const client = io(`http://127.0.0.1:${port}`, {
      transports: ["websocket"],
      forceNew: true,
      query,
    });
    await new Promise((resolve, reject) => {
      client.once("connect", resolve);
      client.once("connect_error", reject);
    });
    clients.push(client);
  }
  return clients;
}

const work = await loads[load]();
console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  delivered = 0;
  isWorking = true;
  setTimeout(() => (isWorking = false), 1000 * Number(line));
  await Promise.all(work());
  console.log(delivered);
}
process.exit();
