/**
 * The compatible classes beside the original: each scenario runs twice, over real sockets, with faye-websocket 0.11.4 and with ours,
 * and what was seen must be the same. Where behaviour differs by intent, the tests that docs/migrating-from-faye-websocket.md names show ours.
 */
import net, { type AddressInfo } from "node:net";
import { inherits } from "node:util";
import { describe, expect, test } from "vitest";
import { WebSocket } from "../../src/index.ts";
import { once, original, pause, type Scene, seen, watch } from "./scene.ts";

const scenarios: [name: string, run: (scene: Scene) => Promise<unknown>][] = [
  [
    "events of a client, in order, with their fields",
    async ({ library, url, log, accept }) => {
      const accepted = accept();
      const client = new library.Client(url);
      watch(client, log);
      const server = await accepted;
      server.send("text ü");
      server.send(Buffer.from("binary"));
      server.close(3001, "enough");
      await once(client, "close");
    },
  ],
  [
    "events of a server",
    async ({ library, url, log, accept }) => {
      const accepted = accept();
      const client = new library.Client(url);
      const server = await accepted;
      watch(server, log);
      for (const data of ["one", Buffer.alloc(0), ""]) client.send(data);
      await once(client, "open");
      client.close();
      await once(server, "close");
      return [server.url, server.version, client.version, client.url];
    },
  ],
  [
    "return values while connecting, open and closed",
    async ({ library, url, accept }) => {
      const accepted = accept();
      const client = new library.Client(url);
      const values: unknown[] = [];
      const calls = (): void =>
        void values.push([
          client.readyState,
          client.send("a"),
          client.write("b"),
          client.ping("c"),
          client.ping(null, () => {}),
          client.pause(),
          client.resume(),
        ]);
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
    },
  ],
  [
    "properties before and after the opening",
    async ({ library, url, accept }) => {
      const shown = (socket: any): unknown => [
        socket.url,
        socket.version,
        socket.protocol,
        socket.readyState,
        socket.bufferedAmount,
        socket.readable,
        socket.writable,
        socket.onopen,
        socket.statusCode,
        Object.keys(socket.headers ?? {}).sort(),
      ];
      const accepted = accept(["b", "c"]);
      const client = new library.Client(url, ["a", "c", "b"]);
      const values = [shown(client)];
      const server = await accepted;
      values.push(shown(server));
      await once(client, "open");
      values.push(shown(server), shown(client));
      return values;
    },
  ],
  [
    "protocols as a string, null, none in common",
    async ({ library, url, accept }) => {
      const values: unknown[] = [];
      for (const [offered, spoken] of [
        ["a, b", "b, a"],
        [null, null],
        [[], "a"],
        [["x"], ["y"]],
        ["x", undefined],
      ]) {
        const accepted = accept(spoken);
        const client = new library.Client(url, offered);
        const server = await accepted;
        await once(client, "open");
        values.push([client.protocol, server.protocol]);
        client.close();
        await once(server, "close");
      }
      return values;
    },
  ],
  [
    "ping: the callback comes once, on the pong with the same payload",
    async ({ library, url, log, accept }) => {
      const accepted = accept();
      const client = new library.Client(url);
      await accepted;
      await once(client, "open");
      client.ping("1", () => log.push("first, replaced"));
      client.ping("1", () => log.push("one"));
      client.ping(null, () => log.push("empty"));
      client.ping("ü", () => log.push("u"));
      await new Promise<void>((resolve) => client.ping("last", resolve));
    },
  ],
  [
    "close while connecting is synchronous, with the code given",
    async ({ library, log }) => {
      const silent = net.createServer(() => {}).listen(0, "127.0.0.1");
      await once(silent, "listening");
      for (const args of [[], [1000], [3999, "why"]]) {
        const client = new library.Client(
          `ws://127.0.0.1:${(silent.address() as AddressInfo).port}/`,
        );
        client.on("end", () => log.push("end"));
        client.onclose = (event: any) => log.push([event.code, event.reason]);
        client.onerror = () => log.push("error");
        client.close(...args);
        log.push("returned");
        await pause();
      }
      silent.close();
    },
  ],
  [
    "messages after close are dropped, pings still answered",
    async ({ library, url, log, accept }) => {
      const accepted = accept();
      const client = new library.Client(url);
      const server = await accepted;
      await once(client, "open");
      watch(server, log);
      server.once("message", () => server.close());
      client.send("heard");
      client.send("not heard");
      await once(server, "close");
    },
  ],
  [
    "a wrong close code throws, and changes nothing",
    async ({ library, url, log, accept }) => {
      const accepted = accept();
      const client = new library.Client(url);
      await accepted;
      await once(client, "open");
      for (const code of [null, "1000", 999, 1001, 2999, 5000, 0, -1]) {
        try {
          log.push("no error", client.close(code));
        } catch (error) {
          log.push([error instanceof Error, (error as Error).message, client.readyState]);
        }
      }
    },
  ],
  [
    "nobody listens: connection refused",
    async ({ library, log }) => {
      const free = net.createServer().listen(0, "127.0.0.1");
      await once(free, "listening");
      const { port } = free.address() as AddressInfo;
      await new Promise((resolve) => free.close(resolve));
      const client = new library.Client(`ws://127.0.0.1:${port}/`);
      watch(client, log);
      await once(client, "close");
      for (const entry of log as unknown[][])
        entry.forEach((value, index) => {
          if (typeof value === "string")
            entry[index] = value
              .replaceAll(String(port), "FREE")
              .replace(" (nothing listens there; is the server up, and the port right?)", "");
        }); // ours adds what may be done
    },
  ],
  [
    "a socket that is cut: 1006, and no error",
    async ({ library, url, log, accept }) => {
      const accepted = accept();
      const client = new library.Client(url);
      const server = await accepted;
      await once(client, "open");
      watch(client, log);
      if (server._stream === undefined) server.terminate();
      else server._stream.destroy();
      await once(client, "close");
    },
  ],
  [
    "dispatchEvent, removeEventListener and the handler's this",
    async ({ library, url, log, accept }) => {
      const accepted = accept();
      const client = new library.Client(url);
      await accepted;
      await once(client, "open");
      const listener = (event: any): void =>
        void log.push(["listener", event.type, event.eventPhase]);
      client.addEventListener("custom", listener, false);
      client.oncustom = function (this: unknown) {
        log.push(["handler", this === client]);
      };
      const event: any = { type: "custom" };
      client.dispatchEvent(event);
      client.removeEventListener("custom", listener, false);
      client.dispatchEvent(event);
      log.push(event.target === client);
    },
  ],
  [
    "removeAllListeners leaves a working socket",
    async ({ library, url, accept }) => {
      const accepted = accept();
      const client = new library.Client(url);
      const server = await accepted;
      await once(client, "open");
      for (const socket of [client, server]) socket.removeAllListeners();
      server.on("message", (event: any) => server.send(event.data));
      client.send("still here");
      const echo = (await once(client, "message")).data as unknown;
      client.close(3002, "done");
      const { code, reason } = await once(server, "close");
      return [echo, code, reason];
    },
  ],
  [
    "pipe: a socket piped to itself echoes, and ends when its source does",
    async ({ library, url, log, accept }) => {
      const accepted = accept();
      const client = new library.Client(url);
      const server = await accepted;
      server.pipe(server);
      client.on("data", (data: unknown) => {
        log.push(data);
        client.end();
      });
      client.write("echo");
      await once(client, "close");
      await pause();
      return [client.readyState, server.readyState];
    },
  ],
  [
    "old-style inheritance, of clients and servers",
    async ({ library, url, accept }) => {
      const made: any[] = [];
      function Child(this: any, ...args: unknown[]): void {
        library.Client.apply(this, args);
        this.own = "field";
        made.push(this);
      }
      inherits(Child, library.Client);
      Child.prototype.greet = function (this: any) {
        return this.send("hello from the child");
      };
      const accepted = accept();
      const client = new (Child as any)(url);
      const server = await accepted;
      await once(client, "open");
      client.greet();
      const { data } = await once(server, "message");
      return [
        data,
        client.own,
        client instanceof library.Client,
        client instanceof Child,
        made[0] === client,
      ];
    },
  ],
  [
    "fields that an application puts on a socket are its own",
    async ({ library, url, accept }) => {
      const accepted = accept();
      const client = new library.Client(url);
      const server = await accepted;
      const names = [
        "url",
        "protocol",
        "headers",
        "opened",
        "closed",
        "stream",
        "messages",
        "extensions",
        "version",
        "id",
      ];
      await once(client, "open");
      for (const socket of [client, server]) for (const name of names) socket[name] = `my ${name}`;
      server.on("message", (event: any) => server.send(event.data));
      client.send("still works");
      const { data } = await once(client, "message");
      return [
        data,
        ...[client, server].map((socket) =>
          names.map((name) => [socket[name], Object.keys(socket).includes(name)]),
        ),
      ];
    },
  ],
  [
    "headers given are sent, undefined ones are not, the handshake's own cannot be replaced by a client",
    async ({ library, url }) => {
      const bare = net.createServer((socket) =>
        socket.once("data", (bytes) => {
          lines.push(...bytes.toString("latin1").split("\r\n"));
          socket.destroy();
        }),
      );
      const lines: string[] = [];
      bare.listen(0, "127.0.0.1");
      await once(bare, "listening");
      const { port } = bare.address() as AddressInfo;
      const client = new library.Client(
        `ws://user:pass@127.0.0.1:${port}${new URL(url).pathname}?q#fragment`,
        ["a", "b"],
        {
          headers: {
            "X-One": " padded ",
            "x-none": undefined,
            Host: "other",
            upgrade: "h2c",
            "Sec-WebSocket-Key": "mine",
            Authorization: "mine",
            "X-Number": 5,
          },
        },
      );
      await once(client, "close");
      bare.close();
      return lines.map((line) =>
        line.replace(String(port), "BARE").replace(/^(Sec-WebSocket-Key:).*/, "$1"),
      );
    },
  ],
];

describe.each(scenarios)("%s", (_, scenario) => {
  test("as faye-websocket has it", async () => {
    const expected = await seen(original, scenario);
    const actual = await seen(WebSocket, scenario);
    expect(actual).toEqual(expected);
    expect(expected.length).toBeGreaterThan(0);
  });
});
