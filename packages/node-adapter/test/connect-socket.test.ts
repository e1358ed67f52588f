/** Clients whose sockets read into one buffer of the process: messages that an application keeps stay as they came, and a paused client reads nothing. */
import { afterEach, describe, expect, test } from "vitest";
import { type Client, connect, serve } from "../src/index.ts";
import { authority, localhost } from "./fixtures/certificates.ts";

const SIZES = [0, 1, 125, 4000, 65_536, 300_000, 1_000_000];
const filled = (size: number, value: number): Uint8Array => new Uint8Array(size).fill(value);

let server: ReturnType<typeof serve> | undefined;
const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.terminate();
  await server?.stop({ force: true });
});

async function echoing(tls: boolean): Promise<() => Promise<Client>> {
  server = serve({
    port: 0,
    hostname: "127.0.0.1",
    ...(tls ? { tls: localhost } : {}),
    websocket: { message: (socket, data) => void socket.send(data) },
  });
  await server.ready;
  const { url } = server;
  return async () => {
    const client = await connect(url, tls ? { ca: authority } : {});
    clients.push(client);
    return client;
  };
}

/** The next `count` messages of a client, as they came. */
async function kept(client: Client, count: number): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  await new Promise<void>((done) => {
    client.on("message", ({ data }) => {
      if (all.push(data as Uint8Array) === count) done();
    });
  });
  return all;
}

describe.each([
  ["TCP", false],
  ["TLS", true],
])("over %s", (_, tls) => {
  test("messages that are kept stay as they came", async () => {
    const open = await echoing(tls);
    const pair = [await open(), await open()];
    const all = pair.map((client) => kept(client, SIZES.length));
    for (const [at, size] of SIZES.entries())
      for (const [index, client] of pair.entries()) client.send(filled(size, 10 * at + index));
    for (const [index, messages] of (await Promise.all(all)).entries())
      for (const [at, data] of messages.entries())
        expect(Buffer.compare(data, filled(SIZES[at]!, 10 * at + index))).toBe(0);
  });

  test("a client that pauses gets no more until it resumes", async () => {
    const open = await echoing(tls);
    const client = await open();
    let count = 0;
    const all = new Promise<void>((done) => {
      client.on("message", () => {
        count++;
        if (count === 3) {
          client.pause();
          setTimeout(() => {
            expect(count).toBe(3);
            client.resume();
          }, 30);
        }
        if (count === 200) done();
      });
    });
    for (let i = 0; i < 200; i++) client.send(filled(2000, i));
    await all;
  });

  test("the closing handshake ends it, and the peer's end", async () => {
    const open = await echoing(tls);
    const client = await open();
    client.close(4001, "done");
    expect(await client.closed).toMatchObject({ code: 4001, wasClean: true });
  });
});

test("an address of two families, of which one listens", async () => {
  await echoing(false);
  const client = await connect(server!.url.replace("127.0.0.1", "localhost"));
  clients.push(client);
  const messages = kept(client, 1);
  client.send(filled(4, 7));
  expect([...(await messages)[0]!]).toEqual([7, 7, 7, 7]);
});
