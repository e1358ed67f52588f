/** Behind HTTP proxies that are installed here: RFC 6455 and the drafts, of which 76 has a body that a proxy forwards only once our head has come. */
import { once } from "node:events";
import http from "node:http";
import type net from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { connect, WebSocket } from "../../src/index.ts";
import { type Draft, DraftClient } from "../websocket/draft-client.ts";
import { haproxy, haproxyTcp, nginx } from "./reverse-proxies.ts";

const stops: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

interface Served {
  readonly port: number;
  /** How many bytes came with the head, for each opening. */
  readonly early: number[];
  readonly closes: [code: number, wasClean: boolean][];
}

/** A compatible server that echoes, and sends a word before it is open. */
async function serveEcho(): Promise<Served> {
  const early: number[] = [];
  const closes: Served["closes"] = [];
  const server = http
    .createServer()
    .on("upgrade", (request, socket, head) => {
      early.push(head.length);
      const ws = new WebSocket(request, socket, head);
      ws.send("welcome");
      ws.on("message", ({ data }) => {
        ws.send(data);
      });
      ws.on("close", ({ code, wasClean }) => {
        closes.push([code, wasClean]);
      });
    })
    .listen(0, "127.0.0.1");
  await once(server, "listening");
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as net.AddressInfo).port, early, closes };
}

async function draftThrough(draft: Draft, port: number): Promise<DraftClient> {
  const client = new DraftClient(draft, port);
  stops.push(() => {
    client.peer.destroy();
  });
  client.ask();
  return client;
}

async function converse(client: DraftClient): Promise<void> {
  await client.opened();
  expect(await client.next()).toBe("welcome");
  for (const text of ["hello", "wörld €", "x".repeat(50_000)]) {
    client.send(text);
    expect(await client.next()).toBe(text);
  }
  if (client.draft === "hixie-76") {
    client.peer.write(Uint8Array.of(255, 0));
    expect(await client.next()).toBe("close");
    client.peer.end();
  }
}

describe.each([haproxy, haproxyTcp, nginx])("$name", ({ name, installed, start }) => {
  const behind = async (): Promise<{ server: Served; port: number }> => {
    const server = await serveEcho();
    const running = await start(server.port);
    stops.push(running.stop);
    return { server, port: running.port };
  };
  const when = test.runIf(installed);
  const why = installed ? "" : " (left out: it is not installed here)";

  when(`RFC 6455: messages both ways, and a clean close${why}`, async () => {
    const { server, port } = await behind();
    const client = await connect(`ws://127.0.0.1:${port}/`);
    const told: unknown[] = [];
    client.on("message", ({ data }) => {
      told.push(data);
    });
    for (const message of ["hello", "x".repeat(200_000), Buffer.alloc(70_000, 7)])
      client.send(message);
    await expect.poll(() => told.length).toBe(4);
    expect(told).toEqual(["welcome", "hello", "x".repeat(200_000), Buffer.alloc(70_000, 7)]);
    client.close(1000, "done");
    expect((await once(client, "close"))[0]).toMatchObject({ code: 1000, wasClean: true });
    await expect.poll(() => server.closes).toEqual([[1000, true]]);
  });

  for (const draft of ["hixie-75", "hixie-76"] as const) {
    when(
      `${draft}: ${name === "HAProxy" ? "refused by it since 2.4, for want of a key; else " : ""}text both ways${why}`,
      async () => {
        const { server, port } = await behind();
        const client = await draftThrough(draft, port);
        if (name === "HAProxy") {
          const { startLine } = await client.peer.take(
            (bytes) =>
              bytes.length < 12
                ? undefined
                : { value: { startLine: Buffer.from(bytes.subarray(0, 12)).toString() }, used: 0 },
            "an answer",
          );
          if (startLine === "HTTP/1.1 400") return expect(server.early).toEqual([]);
        }
        await converse(client);
        // nginx keeps what is behind the head until it has seen ours.
        if (name === "nginx") expect(server.early).toEqual([0]);
        if (draft === "hixie-76") await expect.poll(() => server.closes).toEqual([[1005, true]]);
      },
    );
  }
});
