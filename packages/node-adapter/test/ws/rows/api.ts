import http from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { pause, type Library, type Row, withClient, withServer } from "../scene.ts";
import type { Transcript } from "../transcript.ts";

type Look = (library: Library, transcript: Transcript) => void;

/** Something that can be seen without a connection. */
const looks: readonly (readonly [name: string, look: Look])[] = [
  [
    "names of the module",
    (library, transcript) => {
      transcript.note("names", Object.keys(library).sort());
    },
  ],
  [
    "the module is its own WebSocket",
    (library, transcript) => {
      transcript.note(
        "same",
        library.WebSocket === library,
        library.Server === library.WebSocketServer,
      );
    },
  ],
  [
    "arity of WebSocket and its methods",
    (library, transcript) => {
      const { prototype } = library;
      for (const method of [
        "close",
        "ping",
        "pong",
        "send",
        "terminate",
        "pause",
        "resume",
        "addEventListener",
        "removeEventListener",
      ] as const)
        transcript.note(method, prototype[method]!.length);
      transcript.note("constructor", library.length, library.name);
    },
  ],
  [
    "what a WebSocket enumerates",
    (library, transcript) => {
      const names: string[] = [];
      for (const name in library.prototype)
        if (
          !name.startsWith("_") &&
          name in library.prototype &&
          Object.hasOwn(library.prototype, name)
        )
          names.push(name);
      transcript.note("names", names.sort());
    },
  ],
  ...(["CONNECTING", "OPEN", "CLOSING", "CLOSED"] as const).map(
    (state): readonly [string, Look] => [
      state,
      (library, transcript) => {
        transcript.note("static", library[state], Object.getOwnPropertyDescriptor(library, state));
        transcript.note(
          "on instances",
          library.prototype[state],
          Object.getOwnPropertyDescriptor(library.prototype, state),
        );
      },
    ],
  ),
];

const urls: readonly (readonly [name: string, url: unknown])[] = [
  ["nothing", ""],
  ["a path", "/chat"],
  ["a host", "example.com"],
  ["ftp", "ftp://127.0.0.1"],
  ["a fragment", "ws://127.0.0.1/#a"],
  ["an empty fragment", "ws://127.0.0.1/#"],
  ["ws+unix without a path", "ws+unix:"],
  ["mailto", "mailto:a@b"],
  ["a port that is none", "ws://127.0.0.1:99999"],
  ["undefined", undefined],
];

/** Ports that refuse: `connect` fails at once. */
const attempts: readonly (readonly [name: string, url: string | URL])[] = [
  ["ws", "ws://127.0.0.1:1"],
  ["http", "http://127.0.0.1:1/a"],
  ["https", "https://127.0.0.1:1/"],
  ["a URL object", new URL("ws://127.0.0.1:1/?a=b")],
  ["capitals", "WS://127.0.0.1:1/A"],
  ["credentials", "ws://user:pass@127.0.0.1:1/"],
  ["IPv6", "ws://[::1]:1/"],
  ["ws+unix", "ws+unix:/nowhere.sock:/path"],
  ["a Unix socket without a path", "ws+unix:/nowhere.sock"],
];

const failing = ([name, url]: readonly [string, string | URL]): Row => ({
  name: `a client of ${name} that cannot connect`,
  run: async (library, transcript) => {
    const socket = new library(url);
    transcript.note(
      "at first",
      socket.url,
      socket.readyState,
      socket.protocol,
      socket.extensions,
      socket.bufferedAmount,
      socket.binaryType,
      socket.isPaused,
    );
    transcript.tell("send", () => {
      socket.send("early");
    });
    transcript.tell("ping", () => {
      socket.ping();
    });
    transcript.tell("pong", () => {
      socket.pong();
    });
    transcript.tell("pause", () => {
      socket.pause();
    });
    transcript.tell("resume", () => {
      socket.resume();
    });
    socket.on("error", (error) => {
      transcript.note("error", (error as { code?: string }).code, socket.readyState);
    });
    await new Promise<void>((resolve) => {
      socket.on("close", (...args) => {
        transcript.note("close", ...args, socket.readyState);
        resolve();
      });
    });
    socket.send("lost", (error) => {
      transcript.note("callback", error);
    });
    socket.send(Buffer.alloc(3));
    transcript.note("at last", socket.bufferedAmount, socket.isPaused);
    socket.close();
    socket.terminate();
    await pause(5);
  },
});

const serverOptions: readonly (readonly [name: string, options: unknown])[] = [
  ["nothing", undefined],
  ["no place", {}],
  ["port and noServer", { port: 0, noServer: true }],
  ["port and server", { port: 0, server: http.createServer() }],
  ["server and noServer", { server: http.createServer(), noServer: true }],
];

const handlers: readonly Row[] = [
  ...(["open", "message", "close", "error"] as const).map((type): Row => ({
    name: `on${type}`,
    run: (library, transcript) =>
      withServer(
        library,
        transcript,
        {},
        async ({ socket, peer }) => {
          const property = `on${type}` as "onopen";
          transcript.note("at first", socket[property]);
          socket[property] = (event) => {
            transcript.note("first", event.type);
          };
          const second = (event: object): void => {
            transcript.note("second", seen(event, socket));
          };
          socket[property] = second as never;
          transcript.note(
            "kept",
            (socket[property] as unknown) === second,
            socket.listenerCount(type),
          );
          peer.send(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]));
          peer.send(Buffer.from([0x82, 0x82, 0, 0, 0, 0, 0x68, 0x69]));
          await pause(40);
          peer.send(
            type === "error"
              ? Buffer.from([0x83, 0x80, 0, 0, 0, 0])
              : Buffer.from([0x88, 0x84, 0, 0, 0, 0, 3, 232, 0x68, 0x69]),
          );
          await pause(40);
          if (type === "open") socket.emit("open");
          socket[property] = null;
          transcript.note("at last", socket[property], socket.listenerCount(type));
          socket[property] = 5 as never;
          transcript.note("no function", socket[property]);
        },
        { silent: true },
      ),
  })),
  ...(["open", "message", "close", "error"] as const).map((type): Row => ({
    name: `addEventListener of ${type}`,
    run: (library, transcript) =>
      withServer(
        library,
        transcript,
        {},
        ({ socket }) => {
          const twice = (event: object): void => {
            transcript.note("twice", seen(event, socket));
          };
          socket.addEventListener(type, twice as never);
          socket.addEventListener(type, twice as never);
          socket.addEventListener(type, {
            handleEvent(event: object) {
              transcript.note("object", seen(event, socket));
            },
          } as never);
          socket.addEventListener(
            type,
            (() => {
              transcript.note("once");
            }) as never,
            { once: true },
          );
          transcript.note("count", socket.listenerCount(type));
          const args = {
            open: [],
            message: [Buffer.from("text"), false],
            close: [1000, Buffer.from("why")],
            error: [new Error("what")],
          }[type];
          socket.emit(type, ...args);
          socket.emit(type, ...args);
          socket.removeEventListener(type, twice as never);
          socket.emit(type, ...args);
        },
        { silent: true },
      ),
  })),
  {
    name: "addEventListener of an event that the Web does not have",
    run: (library, transcript) =>
      withServer(
        library,
        transcript,
        {},
        ({ socket }) => {
          socket.addEventListener("ping" as never, () => {});
          transcript.note("count", socket.listenerCount("ping"));
        },
        { silent: true },
      ),
  },
  ...(["nodebuffer", "arraybuffer", "fragments", "blob"] as const).map((binaryType): Row => ({
    name: `an event's data with binaryType ${binaryType}`,
    run: (library, transcript) =>
      withServer(
        library,
        transcript,
        {},
        ({ socket, peer }) => {
          socket.binaryType = binaryType as "nodebuffer";
          socket.onmessage = ({ data }) => {
            transcript.note("message", data);
          };
          transcript.note("binaryType", socket.binaryType);
          peer.send(
            Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69, 0x82, 0x82, 0, 0, 0, 0, 0x68, 0x69]),
          );
        },
        { silent: true },
      ),
  })),
];

function seen(event: object, socket: object): unknown {
  const { target, error, ...rest } = Object.fromEntries(
    ["type", "target", "data", "code", "reason", "wasClean", "message", "error"].map((name) => [
      name,
      (event as Record<string, unknown>)[name],
    ]),
  );
  return { ...rest, error: error ?? null, isTarget: target === socket };
}

const states: readonly Row[] = [
  {
    name: "an open server's WebSocket",
    run: (library, transcript) =>
      withServer(library, transcript, {}, ({ socket }) => {
        transcript.note(
          "state",
          socket.readyState,
          socket.url,
          socket.protocol,
          socket.extensions,
          socket.bufferedAmount,
          socket.binaryType,
          socket.isPaused,
        );
        transcript.note(
          "private",
          (socket as unknown as { _isServer: boolean })._isServer,
          (socket as unknown as { _socket: { remoteAddress: string } })._socket.remoteAddress,
        );
      }),
  },
  {
    name: "an open client's WebSocket",
    run: (library, transcript) =>
      withClient(library, transcript, {}, ({ socket }) => {
        transcript.note(
          "state",
          socket.readyState,
          socket.protocol,
          socket.extensions,
          socket.bufferedAmount,
          socket.isPaused,
        );
        transcript.note(
          "private",
          (socket as unknown as { _isServer: boolean })._isServer,
          (socket as unknown as { _socket: { remoteAddress: string } })._socket.remoteAddress,
        );
      }),
  },
  {
    name: "pause and resume",
    run: (library, transcript) =>
      withServer(library, transcript, {}, async ({ socket, peer }) => {
        socket.pause();
        transcript.note("paused", socket.isPaused);
        peer.send(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]));
        await pause(20);
        transcript.note("waited");
        socket.resume();
        transcript.note("paused", socket.isPaused);
      }),
  },
  {
    name: "a listener that throws",
    run: (library, transcript) =>
      withServer(
        library,
        transcript,
        {},
        ({ socket }) => {
          transcript.tell("emit", () => {
            socket.on("message", () => {
              throw new Error("thrown");
            });
            socket.emit("message", Buffer.from("a"), false);
          });
        },
        { silent: true },
      ),
  },
];

export const api: readonly Row[] = [
  ...looks.map(([name, look]): Row => ({ name, run: look })),
  ...urls.map(([name, url]): Row => ({
    name: `a client's URL: ${name}`,
    run: (library, transcript) => {
      transcript.tell("new WebSocket", () => {
        const socket = new library(url as string);
        socket.on("error", () => {});
        socket.terminate();
        return socket.url;
      });
    },
  })),
  ...attempts.map(failing),
  ...serverOptions.map(([name, options]): Row => ({
    name: `a server's options: ${name}`,
    run: (library, transcript) => {
      transcript.tell("new WebSocketServer", () => new library.WebSocketServer(options as object));
    },
  })),
  ...handlers,
  ...states,
  {
    name: "address() of each kind of server",
    run: async (library, transcript) => {
      const alone = new library.WebSocketServer({ noServer: true });
      transcript.tell("noServer", () => alone.address());
      const behind = http.createServer();
      const server = new library.WebSocketServer({ server: behind });
      transcript.tell("not listening", () => server.address());
      behind.listen(0, "127.0.0.1");
      await once(server, "listening");
      transcript.note("listening", (server.address() as AddressInfo).address);
      server.close();
      transcript.tell("closed", () => server.address());
      behind.close();
    },
  },
];
