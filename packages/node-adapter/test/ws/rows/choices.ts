/** Options and habits of applications that the other tables do not have: mostly what somebody does once, and then relies on. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import net from "node:net";
import type ws from "ws";
import type { WebSocketServer } from "ws";
import { type Library, pause, type Row, withClient, withServer } from "../scene.ts";

const deflate = { extensions: "Sec-WebSocket-Extensions: permessage-deflate\r\n" };
const perMessageDeflate = { perMessageDeflate: true };

/** Options of `send()` that are there, and undefined: a wrapper passes on what it was not given. */
const absent: readonly Row[] = ["binary", "compress", "fin"].flatMap((option) =>
  [undefined, null, 0, 1].flatMap((value) =>
    ["text", Buffer.from("bytes")].map((data): Row => ({
      name: `send(${typeof data === "string" ? "a string" : "a Buffer"}, { ${option}: ${value} })`,
      run: (library, transcript) =>
        withServer(
          library,
          transcript,
          perMessageDeflate,
          ({ socket }) => {
            socket.send(data, { [option]: value });
            socket.send("the next", { compress: false, fin: true });
          },
          deflate,
        ),
      // Pieces go uncompressed, and so does what follows them.
      ...(option === "fin" && !value ? { differs: "Messages in pieces are not compressed" } : {}),
    })),
  ),
);

const optionsOf: readonly (readonly [name: string, options: ws.ServerOptions])[] = [
  ["nothing", {}],
  ["compression", { perMessageDeflate: true }],
  ["compression with options", { perMessageDeflate: { threshold: 7 } }],
  ["a limit", { maxPayload: 5, closeTimeout: 7 } as ws.ServerOptions],
];

/** Names that an application may give to what it keeps on a socket. */
const NAMES = [
  ..."alive attach check data driver fail forget frames id isAlive kind limits link list listen machine options owner parts peer queue read receive room sender".split(
    " ",
  ),
  ..."session shared socket state subscriptions tooLate track transport user verify wasClean".split(
    " ",
  ),
  ..."_fail _frames _kind _link _listen _options _read _refuse _track _verify _wasClean".split(" "),
];

async function pair(
  library: Library,
  Server: typeof library.WebSocketServer,
  act: (socket: ws, client: ws, server: WebSocketServer) => Promise<void> | void,
  options: ws.ServerOptions = {},
): Promise<void> {
  const server = new Server({ host: "127.0.0.1", port: 0, ...options });
  await once(server, "listening");
  const client = new library(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [[socket]] = await Promise.all([
    once(server, "connection") as Promise<[ws]>,
    once(client, "open"),
  ]);
  await act(socket, client, server);
  client.terminate();
  if (socket.readyState !== library.CLOSED) await once(socket, "close");
  await new Promise((resolve) => {
    server.close(resolve);
  });
}

const publicNames = (value: object): string[] =>
  Object.getOwnPropertyNames(value)
    .filter((name) => !name.startsWith("_"))
    .sort();

const names: readonly Row[] = [
  {
    name: "names that a socket and a server leave to the application",
    run: (library, transcript) =>
      pair(library, library.WebSocketServer, (socket, client, server) => {
        transcript.note("socket", publicNames(socket), publicNames(client));
        transcript.note("server", publicNames(server));
        transcript.note("methods", publicNames(library.prototype));
        transcript.note("of the server", publicNames(library.WebSocketServer.prototype));
      }),
  },
  {
    name: "a socket with properties of the application",
    run: (library, transcript) =>
      pair(library, library.WebSocketServer, async (socket, client, server) => {
        for (const holder of [socket, client, server]) {
          for (const name of NAMES)
            transcript.tell(name, () => {
              if (holder !== server || name !== "options")
                (holder as unknown as Record<string, unknown>)[name] = name;
            });
        }
        socket.on("message", (data, isBinary) => {
          transcript.note("message", data, isBinary);
          socket.send(data, { binary: isBinary });
        });
        client.send("hello");
        const [answer] = (await once(client, "message")) as [Buffer];
        transcript.note("answer", answer, socket.bufferedAmount, server.clients.size);
        client.ping();
        await once(client, "pong");
      }),
  },
  {
    name: "a stream with properties of the application",
    run: (library, transcript) =>
      pair(library, library.WebSocketServer, async (socket, client) => {
        const stream = library.createWebSocketStream(socket);
        for (const name of ["fail", "receive", "socket", "_fail", "_socket", "_webSocket"])
          (stream as unknown as Record<string, unknown>)[name] = `its ${name}`;
        client.send("hello");
        const [data] = (await once(stream, "data")) as [Buffer];
        stream.write(data);
        const [answer] = (await once(client, "message")) as [Buffer];
        transcript.note("answer", answer);
        stream.on("error", () => {});
      }),
  },
  {
    name: "the engine's own errors",
    run: (library, transcript) => {
      for (const name of ["WebSocket", "WebSocketServer"] as const)
        transcript.tell(`${name} without new`, () =>
          (library as unknown as Record<string, () => unknown>)[name]!(),
        );
      const socket = new library("ws://127.0.0.1:1");
      socket.on("error", () => {});
      transcript.tell("url", () => {
        (socket as { url: string }).url = "other";
      });
    },
  },
  {
    name: "a server whose class wraps completeUpgrade",
    run: async (library, transcript) => {
      class Wrapped extends library.WebSocketServer {
        completeUpgrade(...given: unknown[]): unknown {
          transcript.note("given", given.length, given[0], typeof given[1], given[2]);
          // @ts-expect-error it is no part of the types
          return super.completeUpgrade(...given) as unknown;
        }
      }
      await pair(library, Wrapped as never, (socket) => {
        transcript.note("connected", socket.readyState);
      });
    },
  },
];

const others: readonly Row[] = [
  ...optionsOf.map(([name, options]): Row => ({
    name: `what a server with ${name} shows as its options`,
    run: (library, transcript) => {
      const { WebSocket, ...shown } = new library.WebSocketServer({ noServer: true, ...options })
        .options;
      transcript.note("options", shown, WebSocket === (library as unknown));
    },
  })),
  ...[null, undefined].map((options): Row => ({
    name: `a client whose options are ${options}`,
    run: async (library, transcript) => {
      const socket = new library("ws://127.0.0.1:1", [], options as never);
      const [error] = (await once(socket, "error")) as [Error];
      transcript.note("error", error, socket.readyState);
    },
  })),
  {
    name: "send() with a string or a number as its options",
    run: (library, transcript) =>
      withServer(library, transcript, {}, ({ socket }) => {
        socket.send("a", "utf8" as never);
        socket.send("b", 5 as never, () => {
          transcript.note("sent");
        });
      }),
  },
  {
    name: "callbacks of messages that cannot leave, and close",
    run: (library, transcript) =>
      withServer(library, transcript, {}, async ({ socket, peer }) => {
        peer.socket.pause();
        const data = Buffer.alloc(30_000_000);
        for (const name of ["first", "second"]) {
          socket.send(data, () => {
            transcript.note(name, socket.readyState);
          });
        }
        await pause(20);
        socket.terminate();
        await once(socket, "close");
      }),
  },
  {
    name: "fragments of a message of two frames",
    run: (library, transcript) =>
      withClient(library, transcript, {}, async ({ socket, peer }) => {
        socket.binaryType = "fragments";
        peer.socket.write(Buffer.from([0x02, 1, 65, 0x80, 1, 66]));
        await once(socket, "message");
      }),
    differs: "Fragments are pieces, and need not be frames",
  },
  {
    name: "fragments of an empty message",
    run: (library, transcript) =>
      withClient(library, transcript, {}, async ({ socket, peer }) => {
        socket.binaryType = "fragments";
        peer.socket.write(Buffer.from([0x82, 0, 0x02, 0, 0x80, 0]));
        await once(socket, "message");
      }),
  },
  {
    name: "a ping that comes while a message is being compressed",
    run: (library, transcript) =>
      pair(
        library,
        library.WebSocketServer,
        async (socket, client) => {
          socket.on("message", () => {
            socket.send(Buffer.alloc(70_000, "answer"));
          });
          client.on("message", (data: Buffer) => {
            transcript.note("message", data.length);
          });
          client.on("pong", () => {
            transcript.note("pong");
          });
          const both = Promise.all([once(client, "message"), once(client, "pong")]);
          const { _socket: wire } = client as unknown as { _socket: net.Socket };
          wire.cork();
          client.send("ask");
          client.ping();
          wire.uncork();
          await both;
        },
        perMessageDeflate,
      ),
    differs: "Automatic pongs leave at once",
  },
  {
    name: "close() while paused",
    run: (library, transcript) =>
      pair(library, library.WebSocketServer, async (socket, client) => {
        client.pause();
        socket.send("waits");
        client.on("message", (data) => {
          transcript.note("message", data);
        });
        client.on("close", (code) => {
          transcript.note("close", code);
        });
        client.close();
        await pause(40);
        transcript.note("paused", client.isPaused, client.readyState);
        client.resume();
        await pause(20);
      }),
    differs: "`close()` ends a pause",
  },
];

/** The results of `handleProtocols`, for a client of the same library. */
const chosen: readonly Row[] = [false, "", undefined, null, "b", "neither"].map((result): Row => ({
  name: `handleProtocols returns ${JSON.stringify(result)} to a client`,
  run: async (library, transcript) => {
    const server = new library.WebSocketServer({
      host: "127.0.0.1",
      port: 0,
      handleProtocols: () => result as string,
    });
    await once(server, "listening");
    server.on("connection", (socket) => {
      transcript.note("server", socket.protocol);
    });
    const client = new library(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, [
      "a",
      "b",
    ]);
    await new Promise((resolve) => {
      client.on("open", () => {
        transcript.note("open", client.protocol);
        client.terminate();
      });
      client.on("error", (error) => {
        transcript.note("error", error);
      });
      client.on("close", resolve);
    });
    await new Promise((resolve) => {
      server.close(resolve);
    });
  },
}));

/** Options of `node:http` that a client passes on, or does not. */
const passedOn: readonly Row[] = Object.entries<(port: number) => object>({
  createConnection: (port) => ({
    createConnection: ({ host, path }: Record<string, unknown>) =>
      Object.assign(net.connect(port, "127.0.0.1"), { seen: [host, path] }),
  }),
  "createConnection that throws": () => ({
    createConnection: () => {
      throw new Error("no connection");
    },
  }),
  "createConnection that calls back": (port) => ({
    createConnection: (_: unknown, callback: (error: null, socket: net.Socket) => void) => {
      setTimeout(() => {
        callback(null, net.connect(port, "127.0.0.1"));
      }, 5);
    },
  }),
  "a socketPath": () => ({ socketPath: "/nowhere" }),
  "a host": () => ({ host: "nowhere.invalid", hostname: "nowhere.invalid" }),
  "a port": () => ({ port: 1 }),
  "a path": () => ({ path: "/other" }),
  "a method": () => ({ method: "POST" }),
  "a timeout": () => ({ timeout: 1 }),
  "a protocol": () => ({ protocol: "https:" }),
  "a lookup that fails": () => ({
    lookup: (_: string, __: object, done: (error: Error) => void) => {
      done(new Error("lookup"));
    },
  }),
  "setHost: false": () => ({ setHost: false }),
  "maxHeaderSize of 10": () => ({ maxHeaderSize: 10 }),
  "headers of null": () => ({ headers: null }),
  "a header that is undefined": () => ({ headers: { "X-None": undefined } }),
  "a header whose name is none": () => ({ headers: { "X None": "1" } }),
  "a key of its own": () => ({ headers: { "Sec-WebSocket-Key": "mine", connection: "x" } }),
  "an empty origin": () => ({ origin: "" }),
  "handshakeTimeout of 0": () => ({ handshakeTimeout: 0 }),
}).map(([name, optionsFor]): Row => ({
  name: `a client with ${name}`,
  run: async (library, transcript) => {
    const server = new library.WebSocketServer({ host: "127.0.0.1", port: 0 });
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.on("connection", (_, { url, method, headers }) => {
      transcript.wire.push(`${method} ${url} ${Object.keys(headers).sort().join()}`);
    });
    transcript.tell("new", () => {
      const client = new library(`ws://127.0.0.1:${port}/path`, [], optionsFor(port));
      client.on("open", () => {
        transcript.note("open", client.readyState);
      });
      client.on("error", (error) => {
        transcript.note("error", error, client.readyState);
      });
      client.on("close", (code) => {
        transcript.note("close", code);
      });
      setTimeout(() => {
        client.terminate();
      }, 80);
    });
    await pause(100);
    for (const client of server.clients) client.terminate();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  },
}));

export const choices: readonly Row[] = [...absent, ...names, ...others, ...chosen, ...passedOn];
