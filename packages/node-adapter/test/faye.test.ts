/**
 * The compatible face beside the original: each scenario runs twice, over real sockets, with faye-websocket 0.11.4 and with ours,
 * and what was seen must be the same. Where behaviour differs by intent, `fixes.test.ts` shows ours.
 */
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { createRequire } from "node:module";
import { inherits } from "node:util";
import { describe, expect, test } from "vitest";
import { WebSocket } from "../src/index.ts";

const original: any = createRequire(import.meta.url)("faye-websocket");
const libraries: [name: string, library: any][] = [["faye-websocket", original], ["sansocket", WebSocket]];

/** Notes what a socket emits, in order: names, and the fields of events. */
function watch(socket: any, log: unknown[], label = ""): void {
  const note = (name: string, ...details: unknown[]): void => void log.push([label + name, ...details]);
  socket.on("data", (data: unknown) => note("data", data));
  socket.on("end", () => note("end", socket.readable, socket.readyState));
  socket.onopen = (event: any) => note("onopen", event.type, socket.readyState);
  socket.onmessage = (event: any) => note("onmessage", event.data);
  socket.onerror = (event: any) => note("onerror", event.message.replace(/:\d+/g, ""), event instanceof Error, socket.readyState);
  socket.onclose = (event: any) => note("onclose", event.code, event.reason, socket.readyState, socket.readable, socket.writable);
  for (const type of ["open", "message", "error", "close"]) socket.addEventListener(type, (event: any) => note(type, event.target === socket, event.currentTarget === socket, event.eventPhase, event.bubbles, event.cancelable));
}

const once = (socket: any, type: string): Promise<any> => new Promise((resolve) => socket.once(type, resolve));
const pause = (milliseconds = 30): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

interface Scene {
  readonly library: any;
  readonly url: string;
  readonly log: unknown[];
  /** Resolves with the server's end of the next connection. */
  accept(protocols?: unknown, options?: unknown): Promise<any>;
}

async function seen(library: any, scenario: (scene: Scene) => Promise<unknown>): Promise<unknown[]> {
  const server = http.createServer(), log: unknown[] = [];
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo, sockets: net.Socket[] = [];
  server.on("connection", (socket) => sockets.push(socket));
  const accept = (protocols?: unknown, options?: unknown): Promise<any> => new Promise((resolve) => {
    server.once("upgrade", (request, socket, head) => resolve(new library(request, socket, head, protocols, options)));
  });
  try {
    log.push(await scenario({ library, url: `ws://127.0.0.1:${port}/path?query=1`, log, accept }));
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
  return JSON.parse(JSON.stringify(log).replaceAll(String(port), "PORT")) as unknown[];
}

const scenarios: [name: string, run: (scene: Scene) => Promise<unknown>][] = [
  ["events of a client, in order, with their fields", async ({ library, url, log, accept }) => {
    const accepted = accept(), client = new library.Client(url);
    watch(client, log);
    const server = await accepted;
    server.send("text ü");
    server.send(Buffer.from("binary"));
    server.close(3001, "enough");
    await once(client, "close");
  }],
  ["events of a server", async ({ library, url, log, accept }) => {
    const accepted = accept(), client = new library.Client(url), server = await accepted;
    watch(server, log);
    for (const data of ["one", Buffer.alloc(0), ""]) client.send(data);
    await once(client, "open");
    client.close();
    await once(server, "close");
    return [server.url, server.version, client.version, client.url];
  }],
  ["return values while connecting, open and closed", async ({ library, url, accept }) => {
    const accepted = accept(), client = new library.Client(url), values: unknown[] = [];
    const calls = (): void => void values.push([client.readyState, client.send("a"), client.write("b"), client.ping("c"), client.ping(null, () => {}), client.pause(), client.resume()]);
    calls();
    await accepted;
    await once(client, "open");
    calls();
    values.push(client.close(), client.readyState, client.close(3000, "again"));
    calls();
    await once(client, "close");
    calls();
    values.push(client.end("x"), client.end());
    return values;
  }],
  ["properties before and after the opening", async ({ library, url, accept }) => {
    const shown = (socket: any): unknown => [socket.url, socket.version, socket.protocol, socket.readyState, socket.bufferedAmount, socket.readable, socket.writable, socket.onopen, socket.statusCode, Object.keys(socket.headers ?? {}).sort()];
    const accepted = accept(["b", "c"]), client = new library.Client(url, ["a", "c", "b"]), values = [shown(client)];
    const server = await accepted;
    values.push(shown(server));
    await once(client, "open");
    values.push(shown(server), shown(client));
    return values;
  }],
  ["protocols as a string, null, none in common", async ({ library, url, accept }) => {
    const values: unknown[] = [];
    for (const [offered, spoken] of [["a, b", "b, a"], [null, null], [[], "a"], [["x"], ["y"]], ["x", undefined]]) {
      const accepted = accept(spoken), client = new library.Client(url, offered), server = await accepted;
      await once(client, "open");
      values.push([client.protocol, server.protocol]);
      client.close();
      await once(server, "close");
    }
    return values;
  }],
  ["ping: the callback comes once, on the pong with the same payload", async ({ library, url, log, accept }) => {
    const accepted = accept(), client = new library.Client(url);
    await accepted;
    await once(client, "open");
    client.ping("1", () => log.push("first, replaced"));
    client.ping("1", () => log.push("one"));
    client.ping(null, () => log.push("empty"));
    client.ping("ü", () => log.push("u"));
    await new Promise<void>((resolve) => client.ping("last", resolve));
  }],
  ["close while connecting is synchronous, with the code given", async ({ library, log }) => {
    const silent = net.createServer(() => {}).listen(0, "127.0.0.1");
    await once(silent, "listening");
    for (const args of [[], [1000], [3999, "why"]]) {
      const client = new library.Client(`ws://127.0.0.1:${(silent.address() as AddressInfo).port}/`);
      client.on("end", () => log.push("end"));
      client.onclose = (event: any) => log.push([event.code, event.reason]);
      client.onerror = () => log.push("error");
      client.close(...args);
      log.push("returned");
      await pause();
    }
    silent.close();
  }],
  ["messages after close are dropped, pings still answered", async ({ library, url, log, accept }) => {
    const accepted = accept(), client = new library.Client(url), server = await accepted;
    await once(client, "open");
    watch(server, log);
    server.once("message", () => server.close());
    client.send("heard");
    client.send("not heard");
    await once(server, "close");
  }],
  ["a wrong close code throws, and changes nothing", async ({ library, url, log, accept }) => {
    const accepted = accept(), client = new library.Client(url);
    await accepted;
    await once(client, "open");
    for (const code of [null, "1000", 999, 1001, 2999, 5000, 0, -1]) {
      try {
        client.close(code);
        log.push("no error");
      } catch (error) {
        log.push([(error as Error).name, (error as Error).message, client.readyState]);
      }
    }
  }],
  ["nobody listens: connection refused", async ({ library, log }) => {
    const free = net.createServer().listen(0, "127.0.0.1");
    await once(free, "listening");
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    const client = new library.Client(`ws://127.0.0.1:${port}/`);
    watch(client, log);
    await once(client, "close");
    for (const entry of log as unknown[][]) entry.forEach((value, index) => { if (typeof value === "string") entry[index] = value.replaceAll(String(port), "FREE").replace(" (nothing listens there; is the server up, and the port right?)", ""); }); // ours adds what may be done
  }],
  ["a socket that is cut: 1006, and no error", async ({ library, url, log, accept }) => {
    const accepted = accept(), client = new library.Client(url), server = await accepted;
    await once(client, "open");
    watch(client, log);
    if (server._stream === undefined) server.terminate();
    else server._stream.destroy();
    await once(client, "close");
  }],
  ["dispatchEvent, removeEventListener and the handler's this", async ({ library, url, log, accept }) => {
    const accepted = accept(), client = new library.Client(url);
    await accepted;
    await once(client, "open");
    const listener = (event: any): void => void log.push(["listener", event.type, event.eventPhase]);
    client.addEventListener("custom", listener, false);
    client.oncustom = function (this: unknown) { log.push(["handler", this === client]); };
    const event: any = { type: "custom" };
    client.dispatchEvent(event);
    client.removeEventListener("custom", listener, false);
    client.dispatchEvent(event);
    log.push(event.target === client);
  }],
  ["removeAllListeners leaves a working socket", async ({ library, url, accept }) => {
    const accepted = accept(), client = new library.Client(url), server = await accepted;
    await once(client, "open");
    for (const socket of [client, server]) socket.removeAllListeners();
    server.on("message", (event: any) => server.send(event.data));
    client.send("still here");
    const echo = (await once(client, "message")).data as unknown;
    client.close(3002, "done");
    const { code, reason } = await once(server, "close");
    return [echo, code, reason];
  }],
  ["pipe: a socket piped to itself echoes, and ends when its source does", async ({ library, url, log, accept }) => {
    const accepted = accept(), client = new library.Client(url), server = await accepted;
    server.pipe(server);
    client.on("data", (data: unknown) => { log.push(data); client.end(); });
    client.write("echo");
    await once(client, "close");
    await pause();
    return [client.readyState, server.readyState];
  }],
  ["old-style inheritance, of clients and servers", async ({ library, url, accept }) => {
    const made: any[] = [];
    function Child(this: any, ...args: unknown[]): void { library.Client.apply(this, args); this.own = "field"; made.push(this); }
    inherits(Child, library.Client);
    Child.prototype.greet = function (this: any) { return this.send("hello from the child"); };
    const accepted = accept(), client = new (Child as any)(url), server = await accepted;
    await once(client, "open");
    client.greet();
    const { data } = await once(server, "message");
    return [data, client.own, client instanceof library.Client, client instanceof Child, made[0] === client];
  }],
  ["headers given are sent, undefined ones are not, the handshake's own cannot be replaced by a client", async ({ library, url }) => {
    const bare = net.createServer((socket) => socket.once("data", (bytes) => { lines.push(...bytes.toString("latin1").split("\r\n")); socket.destroy(); })), lines: string[] = [];
    bare.listen(0, "127.0.0.1");
    await once(bare, "listening");
    const { port } = bare.address() as AddressInfo, client = new library.Client(`ws://user:pass@127.0.0.1:${port}${new URL(url).pathname}?q#fragment`, ["a", "b"], { headers: { "X-One": " padded ", "x-none": undefined, Host: "other", upgrade: "h2c", "Sec-WebSocket-Key": "mine", Authorization: "mine", "X-Number": 5 } });
    await once(client, "close");
    bare.close();
    return lines.map((line) => line.replace(String(port), "BARE").replace(/^(Sec-WebSocket-Key:).*/, "$1"));
  }],
];

describe.each(scenarios)("%s", (_, scenario) => {
  test("as faye-websocket has it", async () => {
    const expected = await seen(original, scenario), actual = await seen(WebSocket, scenario);
    expect(actual).toEqual(expected);
    expect(expected.length).toBeGreaterThan(0);
  });
});

const answers: [name: string, answer: string][] = [
  ["no Upgrade", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n"],
  ["another Upgrade", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"],
  ["no Connection", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"],
  ["another Connection", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: close\r\n\r\n"],
  ["no key", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"],
];

/** What both libraries tell of a server's answer. */
async function toldOf(answer: string): Promise<unknown[]> {
  const server = net.createServer((socket) => socket.once("data", () => socket.write(answer))).listen(0, "127.0.0.1");
  await once(server, "listening");
  const logs = await Promise.all(libraries.map(async ([, library]) => {
    const log: unknown[] = [], client = new library.Client(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    watch(client, log);
    await once(client, "close");
    return [log, client.statusCode, client.headers];
  }));
  server.close();
  return logs;
}

test.each(answers)("a server's answer with %s: error, end, close, with the texts of faye-websocket", async (_, answer) => {
  const logs = await toldOf(answer);
  expect(logs[1]).toEqual(logs[0]);
});

test("a server's answer with a status other than 101: the same, but for the close, which is 1006 and not 1002", async () => {
  const logs = await toldOf("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nX-Two: a\r\nX-Two: b\r\n\r\n"), text = "Error during WebSocket handshake: Unexpected response code: 403";
  expect(JSON.stringify(logs[1])).toContain(`"onerror","${text}"`);
  expect(JSON.parse(JSON.stringify(logs[1]).replaceAll('1006,""', `1002,"${text}"`))).toEqual(JSON.parse(JSON.stringify(logs[0])));
});

test.each([
  ["not a URL", "nonsense"], ["another scheme", "http://localhost/"], ["an empty text", ""], ["no host", "ws://"],
])("an address that is %s is refused as there", (_, url) => {
  const texts = libraries.map(([, library]) => { try { new library.Client(url); return "no error"; } catch (error) { return (error as Error).message; } });
  expect(texts[1]).toBe(`${url} is not a valid WebSocket URL`);
  // The original knows hosts less well: it takes `ws://`.
  if (url !== "ws://") expect(texts[0]).toBe(texts[1]);
});

test("statics, lengths and the shape of the class are the original's", () => {
  expect([WebSocket.length, WebSocket.Client.length]).toEqual([original.length, original.Client.length]);
  expect(WebSocket.WebSocket).toBe(WebSocket);
  for (const name of ["isWebSocket", "validateOptions", "WebSocket", "Client"]) expect(Object.keys(WebSocket)).toContain(name);
  expect((WebSocket as any).super_.CLOSE_TIMEOUT).toBe(original.super_.CLOSE_TIMEOUT);
});

test("validateOptions names the first key it does not know, as there", () => {
  for (const [, library] of libraries) {
    expect(() => library.validateOptions({ a: 1, b: 2, c: 3 }, ["a"])).toThrow(new Error("Unrecognized option: b"));
    expect(library.validateOptions({ a: 1 }, ["a"])).toBeUndefined();
  }
});

test.each([
  ["plain", "GET", { connection: "Upgrade", upgrade: "websocket" }],
  ["a list, in any case", "GET", { connection: "keep-alive, UPGRADE", upgrade: "WebSocket" }],
  ["another method", "POST", { connection: "Upgrade", upgrade: "websocket" }],
  ["a method in lower case", "get", { connection: "Upgrade", upgrade: "websocket" }],
  ["no fields", "GET", {}],
  ["a list of protocols", "GET", { connection: "upgrade", upgrade: "websocket, h2c" }],
  ["another option", "GET", { connection: "upgraded", upgrade: "websocket" }],
])("isWebSocket: %s", (_, method, headers) => {
  expect(WebSocket.isWebSocket({ method, headers, url: "/" })).toBe(original.isWebSocket({ method, headers }));
});
