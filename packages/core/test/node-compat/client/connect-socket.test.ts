import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  connectSocket,
  hostOf,
  portOf,
  type SocketOptions,
} from "../../../src/node-compat/client/connect-socket.ts";
import { authority, localhost } from "../certificates.ts";
import { layer } from "../fake-modules.ts";

describe("what a URL means", () => {
  const cases: [url: string, host: string, port: number][] = [
    ["ws://example.com/", "example.com", 80],
    ["wss://example.com/", "example.com", 443],
    ["ws://example.com:8080/", "example.com", 8080],
    ["wss://[::1]:9/", "::1", 9],
    ["ws://127.0.0.1/", "127.0.0.1", 80],
    ["https://example.com/", "example.com", 443],
    ["http://example.com/", "example.com", 80],
  ];
  test.each(cases)("%s", (url, host, port) => {
    expect([hostOf(new URL(url)), portOf(new URL(url))]).toEqual([host, port]);
  });
});

describe("over loopback", () => {
  let plain: net.Server;
  let secure: tls.Server;
  let names: (string | false)[];
  const portFor = (server: net.Server): number => (server.address() as net.AddressInfo).port;

  beforeEach(async () => {
    names = [];
    plain = net
      .createServer((socket) => socket.on("error", () => {}).pipe(socket))
      .listen(0, "localhost");
    secure = tls
      .createServer(localhost, (socket) => {
        names.push(socket.servername as string | false);
        socket.on("error", () => {}).pipe(socket);
      })
      .listen(0, "localhost");
    await Promise.all([once(plain, "listening"), once(secure, "listening")]);
  });
  afterEach(() => {
    plain.close();
    secure.close();
  });

  async function echo(socket: net.Socket): Promise<string> {
    socket.write("ping");
    const [data] = (await once(socket, "data")) as [Buffer];
    socket.destroy();
    await once(socket, "close");
    return data.toString();
  }

  test("plain: what is written before the connection waits for it", async () => {
    const socket = connectSocket(layer, new URL(`ws://localhost:${portFor(plain)}`));
    expect(socket).not.toBeInstanceOf(tls.TLSSocket);
    expect(await echo(socket)).toBe("ping");
  });

  test.each<[name: string, options: SocketOptions]>([
    ["ca", { ca: authority }],
    ["tls.ca", { tls: { ca: authority } }],
    ["tls.ca before ca", { tls: { ca: authority }, ca: "nonsense that would be refused" }],
    ["tls that was made for another host", { ca: authority, tls: { host: "127.0.0.2", port: 1 } }],
    [
      "options given as undefined",
      { ca: authority, tls: { servername: undefined }, net: { host: undefined } as never },
    ],
  ])("TLS, trusting by %s", async (_, options) => {
    const socket = connectSocket(layer, new URL(`wss://localhost:${portFor(secure)}`), options);
    expect(socket).toBeInstanceOf(tls.TLSSocket);
    expect(await echo(socket)).toBe("ping");
    expect(names).toEqual(["localhost"]);
  });

  test("an unknown authority is refused", async () => {
    const socket = connectSocket(layer, new URL(`wss://localhost:${portFor(secure)}`));
    const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  });

  test("an address is verified as one, and not sent as a server name", async () => {
    const { address, family } = secure.address() as net.AddressInfo;
    const host = family === "IPv6" ? `[${address}]` : address;
    expect(
      await echo(
        connectSocket(layer, new URL(`wss://${host}:${portFor(secure)}`), { ca: authority }),
      ),
    ).toBe("ping");
    expect(names).toEqual([false]);
  });

  test("the caller's objects are not written to", async () => {
    const options = {
      tls: Object.freeze({ ca: authority }),
      net: Object.freeze({ noDelay: true }),
    };
    expect(
      await echo(connectSocket(layer, new URL(`wss://localhost:${portFor(secure)}`), options)),
    ).toBe("ping");
  });

  test("net options reach the socket", async () => {
    const seen: string[] = [];
    const lookup = ((
      host: string,
      options: { all?: boolean },
      callback: (...args: unknown[]) => void,
    ) => {
      seen.push(host);
      const { address, family } = plain.address() as net.AddressInfo;
      const entry = { address, family: family === "IPv6" ? 6 : 4 };
      if (options.all) callback(null, [entry]);
      else callback(null, entry.address, entry.family);
    }) as net.LookupFunction;
    expect(
      await echo(
        connectSocket(layer, new URL(`ws://nowhere.invalid:${portFor(plain)}`), {
          net: { lookup },
        }),
      ),
    ).toBe("ping");
    expect(seen).toEqual(["nowhere.invalid"]);
  });

  test("net.path dials a Unix socket", async () => {
    const folder = mkdtempSync(join(tmpdir(), "connect-"));
    const path = join(folder, "socket");
    const server = net.createServer((socket) => socket.pipe(socket)).listen(path);
    await once(server, "listening");
    try {
      expect(await echo(connectSocket(layer, new URL("ws://localhost/"), { net: { path } }))).toBe(
        "ping",
      );
    } finally {
      server.close();
      rmSync(folder, { recursive: true });
    }
  });

  test("no idle timeout", () => {
    const socket = connectSocket(layer, new URL(`ws://localhost:${portFor(plain)}`));
    expect(socket.timeout ?? 0).toBe(0);
    socket.destroy();
  });
});
