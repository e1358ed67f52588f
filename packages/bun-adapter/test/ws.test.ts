/** The API of ws by the entry's own name: in Bun `import "ws"` is Bun's, whatever is installed. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import test from "node:test";
import {
  createWebSocketStream,
  type ServerOptions,
  WebSocket,
  WebSocketServer,
} from "../../node-adapter/src/ws.ts";

/** A server that says everything back, and a client of it. */
async function withPair(
  options: ServerOptions,
  act: (client: WebSocket, accepted: WebSocket) => Promise<void>,
): Promise<void> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, ...options });
  await once(server, "listening");
  const connected = once(server, "connection") as Promise<[WebSocket]>;
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const [accepted] = await connected;
  accepted.on("message", (data, isBinary) => {
    accepted.send(data, { binary: isBinary });
  });
  if (client.readyState !== WebSocket.OPEN) await once(client, "open");
  try {
    await act(client, accepted);
  } finally {
    for (const each of server.clients) each.terminate();
    client.terminate();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  }
}

for (const perMessageDeflate of [false, { threshold: 0 }]) {
  const how = perMessageDeflate === false ? "plain" : "compressed";

  test(`text, binary and pieces there and back, ${how}`, () =>
    withPair({ perMessageDeflate }, async (client) => {
      assert.equal(client.extensions, perMessageDeflate === false ? "" : "permessage-deflate");
      for (const [sent, isBinary] of [
        ["hello", false],
        ["é".repeat(70_000), false],
        [Buffer.from([1, 2, 3]), true],
        [Buffer.alloc(300_000, 7), true],
      ] as const) {
        const left = new Promise<unknown>((resolve) => {
          client.send(sent, resolve);
        });
        const [data, wasBinary] = (await once(client, "message")) as [Buffer, boolean];
        assert.equal(Buffer.isBuffer(data), true);
        assert.deepEqual([data.equals(Buffer.from(sent)), wasBinary], [true, isBinary]);
        assert.equal((await left) ?? undefined, undefined);
      }
      client.send("in ", { fin: false });
      client.send("pieces");
      assert.equal(String((await once(client, "message"))[0]), "in pieces");
    }));

  test(`a hundred messages in order, and their callbacks, ${how}`, () =>
    withPair({ perMessageDeflate }, async (client) => {
      const seen: string[] = [];
      let left = 0;
      const all = new Promise<void>((resolve) => {
        client.on("message", (data) => {
          if (seen.push(String(data)) === 100) resolve();
        });
      });
      const sent = Array.from({ length: 100 }, (_, index) => `${index}`.repeat(index));
      for (const each of sent) client.send(each, () => left++);
      await all;
      assert.deepEqual([seen, left], [sent, 100]);
    }));
}

test("ping, pong and both kinds of close", () =>
  withPair({}, async (client, accepted) => {
    client.ping("are you there");
    assert.equal(String((await once(client, "pong"))[0]), "are you there");
    client.close(4000, "enough");
    const [code, reason] = (await once(accepted, "close")) as [number, Buffer];
    assert.deepEqual([code, String(reason)], [4000, "enough"]);
    await withPair({}, async (other, gone) => {
      other.terminate();
      assert.equal((await once(gone, "close"))[0], 1006);
    });
  }));

test("what is sent before terminate() arrives", () =>
  withPair({}, async (client, accepted) => {
    client.send("last words");
    client.terminate();
    assert.equal(String((await once(accepted, "message"))[0]), "last words");
  }));

test("createWebSocketStream", () =>
  withPair({}, async (client) => {
    const stream = createWebSocketStream(client, { encoding: "utf8" });
    stream.write("through a stream");
    assert.equal((await once(stream, "data"))[0], "through a stream");
    stream.end();
    await once(stream, "close");
  }));

test("verifyClient refuses, and the client is told", async () => {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, verifyClient: () => false });
  await once(server, "listening");
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const [error] = (await once(client, "error")) as [Error];
  assert.equal(error.message, "Unexpected server response: 401");
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

test("noServer, with an HTTP server of the application's", async () => {
  const sockets = new WebSocketServer({ noServer: true });
  const server = http.createServer().on("upgrade", (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      accepted.send(`you asked for ${request.url}`);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/here`);
  assert.equal(String((await once(client, "message"))[0]), "you asked for /here");
  client.close();
  await once(client, "close");
  server.close();
});

test("onmessage and addEventListener, as browsers have them", () =>
  withPair({}, async (client) => {
    const told = new Promise((resolve) => {
      client.onmessage = ({ data, target }) => {
        resolve([data, target === client]);
      };
    });
    client.send("hello");
    assert.deepEqual(await told, ["hello", true]);
    const closed = new Promise((resolve) => {
      client.addEventListener("close", ({ code, wasClean }) => {
        resolve([code, wasClean]);
      });
    });
    client.close(1000);
    assert.deepEqual(await closed, [1000, true]);
  }));
