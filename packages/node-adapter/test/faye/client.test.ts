/** A client's events after servers' answers and for addresses: faye-websocket 0.11.4 and ours. */
import net, { type AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { libraries, once, watch } from "./scene.ts";

const answers: [name: string, answer: string][] = [
  ["no Upgrade", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n"],
  [
    "another Upgrade",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
  ],
  ["no Connection", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"],
  [
    "another Connection",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: close\r\n\r\n",
  ],
  [
    "no key",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
  ],
];

/** The events of both libraries' clients after a server's answer. */
async function toldOf(answer: string): Promise<unknown[]> {
  const server = net
    .createServer((socket) => socket.once("data", () => socket.write(answer)))
    .listen(0, "127.0.0.1");
  await once(server, "listening");
  const logs = await Promise.all(
    libraries.map(async ([, library]) => {
      const log: unknown[] = [];
      const client = new library.Client(
        `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      );
      watch(client, log);
      await once(client, "close");
      return [log, client.statusCode, client.headers];
    }),
  );
  server.close();
  return logs;
}

test.each(answers)(
  "a server's answer with %s: error, end, close, with the texts of faye-websocket",
  async (_, answer) => {
    const logs = await toldOf(answer);
    expect(logs[1]).toEqual(logs[0]);
  },
);

test("a server's answer with a status other than 101: the same, but for the close, which is 1006 and not 1002", async () => {
  const logs = await toldOf(
    "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nX-Two: a\r\nX-Two: b\r\n\r\n",
  );
  const text = "Error during WebSocket handshake: Unexpected response code: 403";
  expect(JSON.stringify(logs[1])).toContain(`"onerror","${text}"`);
  expect(JSON.parse(JSON.stringify(logs[1]).replaceAll('1006,""', `1002,"${text}"`))).toEqual(
    JSON.parse(JSON.stringify(logs[0])),
  );
});

test.each([
  ["not a URL", "nonsense"],
  ["another scheme", "http://localhost/"],
  ["an empty text", ""],
  ["no host", "ws://"],
])("an address that is %s is refused as there", (_, url) => {
  const texts = libraries.map(([, library]) => {
    try {
      new library.Client(url);
      return "no error";
    } catch (error) {
      return (error as Error).message;
    }
  });
  expect(texts[1]).toBe(`${url} is not a valid WebSocket URL`);
  // The original knows hosts less well: it takes `ws://`.
  if (url !== "ws://") expect(texts[0]).toBe(texts[1]);
});
