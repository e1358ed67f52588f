/** `sansocket events`, run against servers of this process. */
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import net, { type AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { authority, localhost } from "../fixtures/certificates.ts";
import { buildCommand, eventsIn, sansocket, scratch } from "./command.ts";

buildCommand();

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0)) await step();
});

type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void;

async function serving(handler: Handler, tls?: object): Promise<string> {
  const server = tls === undefined ? http.createServer(handler) : https.createServer(tls, handler);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  undo.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `${tls === undefined ? "http" : "https"}://localhost:${(server.address() as AddressInfo).port}/`;
}

/** Three events behind the id that is asked for, and then the end of the stream. */
const counting: Handler = ({ headers }, response) => {
  const from = Number(headers["last-event-id"] ?? 0);
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  for (let id = from + 1; id <= from + 3; id++)
    response.write(`id: ${id}\nevent: ${id % 2 ? "odd" : "even"}\ndata: {"n":${id}}\n\n`);
  response.end("retry: 1\n\n");
};

test("data, a line each, over reconnections; the last id is sent", async () => {
  const url = await serving(counting);
  const { code, out, err } = await sansocket(["events", url, "-n", "5"]);
  expect({ code, out, err }).toEqual({
    code: 0,
    out: [1, 2, 3, 4, 5].map((n) => `{"n":${n}}\n`).join(""),
    err: "",
  });
});

test("--id-file goes on where the last run ended, -i anywhere; --type chooses; --json tells all", async () => {
  const url = await serving(counting);
  const file = join(scratch, "id.txt");
  const run = (...args: string[]) => sansocket(["events", url, "--id-file", file, ...args]);
  expect((await run("-n", "2")).out).toBe('{"n":1}\n{"n":2}\n');
  expect(readFileSync(file, "utf8")).toBe("2\n");
  expect((await run("-n", "2", "-t", "even")).out).toBe('{"n":4}\n{"n":6}\n');
  const { out } = await run("-i", "41", "-n", "1", "--json");
  expect(eventsIn(out)).toMatchObject([
    { event: "open", url },
    { event: "message", type: "even", data: '{"n":42}', lastEventId: "42" },
  ]);
});

test("--no-reconnect ends with the stream", async () => {
  const { code, out } = await sansocket(["events", await serving(counting), "--no-reconnect"]);
  expect([code, out.split("\n").length]).toEqual([0, 4]);
});

test("an authority, a proxy and header fields; credentials stay with their origin", async () => {
  const seen: (string | undefined)[] = [];
  const ca = join(scratch, "ca.pem");
  writeFileSync(ca, authority);
  const target = await serving((request, response) => {
    seen.push(request.headers.authorization);
    counting(request, response);
  }, localhost);
  const first = await serving((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(307, { Location: target }).end();
  }, localhost);
  let tunnels = 0;
  const proxy = http.createServer().on("connect", ({ url = "" }, client: net.Socket) => {
    tunnels++;
    const server = net.connect(Number(url.split(":")[1]), "127.0.0.1", () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n");
      client.pipe(server).pipe(client);
    });
    for (const one of [client, server]) one.on("error", () => {});
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  undo.push(() => proxy.close());
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const args = ["events", first, "-n", "1", "--ca", ca, "-u", "me:secret", "--proxy", address];
  const { code, out, err } = await sansocket(args);
  expect({ code, out, err }).toEqual({ code: 0, out: '{"n":1}\n', err: "" });
  expect(seen).toEqual([`Basic ${btoa("me:secret")}`, undefined]);
  expect(tunnels).toBe(2);
});

test("what is no event stream ends with 3", async () => {
  const url = await serving((_, response) => response.end("a page"));
  const { code, err } = await sansocket(["events", url]);
  expect(code).toBe(3);
  expect(err).toMatch(/^sansocket: .*text\/event-stream/);
});
