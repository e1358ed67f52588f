import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import type ws from "ws";
import { closing, frame } from "../frames.ts";
import { pause, type Row, withClient, withServer } from "../scene.ts";

const endings: readonly Row[] = [
  {
    name: "the peer ends its side without a close",
    run: (library, transcript) =>
      withServer(library, transcript, {}, ({ peer }) => {
        peer.socket.end();
      }),
  },
  {
    name: "the peer ends its side within a message",
    run: (library, transcript) =>
      withServer(library, transcript, {}, ({ peer }) => {
        peer.socket.end(frame({ opcode: 1, payload: "hello" }).subarray(0, 8));
      }),
  },
  {
    name: "the peer resets",
    run: (library, transcript) =>
      withServer(library, transcript, {}, ({ peer }) => {
        peer.socket.resetAndDestroy();
      }),
  },
  {
    name: "the peer does not answer a close",
    run: (library, transcript) =>
      withServer(
        library,
        transcript,
        { closeTimeout: 30 } as ws.ServerOptions,
        ({ socket }) => {
          socket.close();
        },
        { answersClose: false },
      ),
  },
  {
    name: "a client's peer does not answer a close",
    run: (library, transcript) =>
      withClient(
        library,
        transcript,
        { closeTimeout: 30 } as ws.ClientOptions,
        ({ socket }) => {
          socket.close();
        },
        { answersClose: false },
      ),
  },
  {
    name: "a server that does not end the connection",
    run: (library, transcript) =>
      withClient(
        library,
        transcript,
        {},
        async ({ peer }) => {
          peer.socket.write(frame({ opcode: 8, payload: closing(1000), masked: false }));
          await pause(30);
          transcript.note("ended", peer.socket.readableEnded);
        },
        { answersClose: false },
      ),
    differs: "The server ends the connection",
  },
  {
    name: "an event's own properties",
    run: (library, transcript) =>
      withServer(
        library,
        transcript,
        {},
        ({ socket }) => {
          socket.onopen = (event) => {
            transcript.note("own", Object.keys(event));
          };
          socket.emit("open");
        },
        { silent: true },
      ),
    differs: "Events have their properties themselves",
  },
  {
    name: "a message while closing",
    run: (library, transcript) =>
      withServer(
        library,
        transcript,
        {},
        async ({ socket, peer }) => {
          socket.close();
          await pause(10);
          peer.send(frame({ opcode: 1, payload: "still" }));
          await pause(10);
          peer.send(frame({ opcode: 8, payload: closing(1000) }));
        },
        { answersClose: false },
      ),
  },
  {
    name: "a ping while closing",
    run: (library, transcript) =>
      withServer(
        library,
        transcript,
        {},
        async ({ socket, peer }) => {
          socket.close();
          await pause(10);
          peer.send(frame({ opcode: 9, payload: "still" }));
          await pause(10);
          peer.send(frame({ opcode: 8 }));
        },
        { answersClose: false },
      ),
  },
  {
    name: "an error while closing",
    run: (library, transcript) =>
      withServer(
        library,
        transcript,
        {},
        async ({ socket, peer }) => {
          socket.close();
          await pause(10);
          peer.send(frame({ opcode: 3 }));
        },
        { answersClose: false },
      ),
  },
  {
    name: "messages in one read, and terminate() at the first",
    run: (library, transcript) =>
      withServer(library, transcript, {}, ({ socket, peer }) => {
        socket.on("message", () => {
          socket.terminate();
        });
        peer.send(
          Buffer.concat([frame({ opcode: 1, payload: "a" }), frame({ opcode: 1, payload: "b" })]),
        );
      }),
    differs: "Nothing is delivered after `terminate()`",
  },
  {
    name: "messages in one read, and pause() at the first",
    run: (library, transcript) =>
      withServer(library, transcript, {}, async ({ socket, peer }) => {
        socket.once("message", () => {
          socket.pause();
        });
        peer.send(
          Buffer.concat([frame({ opcode: 1, payload: "a" }), frame({ opcode: 1, payload: "b" })]),
        );
        await pause(15);
        transcript.note("resumed");
        socket.resume();
      }),
    differs: "`pause()` holds from the next message on",
  },
];

const servers: readonly Row[] = [
  {
    name: "a server that closes alone",
    run: async (library, transcript) => {
      const server = new library.WebSocketServer({ port: 0, host: "127.0.0.1" }, () => {
        transcript.note("callback");
      });
      server.on("listening", () => {
        transcript.note("listening");
      });
      server.on("close", () => {
        transcript.note("close");
      });
      await once(server, "listening");
      await new Promise<void>((resolve) => {
        server.close((error) => {
          transcript.note("closed", error ?? "well");
          resolve();
        });
      });
      await new Promise<void>((resolve) => {
        server.close((error) => {
          transcript.note("closed", error ?? "well");
          resolve();
        });
      });
    },
  },
  {
    name: "noServer closes alone",
    run: async (library, transcript) => {
      const server = new library.WebSocketServer({ noServer: true });
      server.on("close", () => {
        transcript.note("close");
      });
      server.close();
      transcript.note("not yet");
      await pause(5);
    },
  },
  {
    name: "a port that is taken",
    run: async (library, transcript) => {
      const first = http.createServer().listen(0, "127.0.0.1");
      await once(first, "listening");
      const server = new library.WebSocketServer({
        port: (first.address() as AddressInfo).port,
        host: "127.0.0.1",
      });
      const [error] = (await once(server, "error")) as [NodeJS.ErrnoException];
      transcript.note("error", error.code);
      first.close();
    },
  },
  {
    name: "a plain request to its own server",
    run: async (library, transcript) => {
      const server = new library.WebSocketServer({ port: 0, host: "127.0.0.1" });
      await once(server, "listening");
      const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      transcript.note(
        "answer",
        response.status,
        response.headers.get("content-type"),
        await response.text(),
      );
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  },
  {
    name: "handleUpgrade twice on a socket",
    run: async (library, transcript) => {
      const behind = http.createServer().listen(0, "127.0.0.1");
      const server = new library.WebSocketServer({ noServer: true });
      await once(behind, "listening");
      behind.on("upgrade", (request, socket, head) => {
        server.handleUpgrade(request, socket, head, (accepted) => {
          transcript.note("first", accepted.readyState);
        });
        transcript.tell("second", () => {
          server.handleUpgrade(request, socket, head, () => {});
        });
      });
      const client = new library(`ws://127.0.0.1:${(behind.address() as AddressInfo).port}/`);
      await once(client, "open");
      client.terminate();
      await once(client, "close");
      behind.close();
      server.close();
    },
  },
  {
    name: "a class of the application's",
    run: async (library, transcript) => {
      class Own extends library.WebSocket {
        get greeting(): string {
          return `hello from ${this.readyState}`;
        }
      }
      const server = new library.WebSocketServer({ port: 0, host: "127.0.0.1", WebSocket: Own });
      server.on("connection", (socket) => {
        transcript.note("connection", socket instanceof Own, (socket as Own).greeting);
      });
      await once(server, "listening");
      const client = new Own(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      await once(client, "open");
      transcript.note("client", client.greeting);
      client.close();
      await once(client, "close");
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  },
  {
    name: "without clientTracking",
    run: async (library, transcript) => {
      const server = new library.WebSocketServer({ noServer: true, clientTracking: false });
      transcript.note("clients", server.clients);
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  },
];

/** How connections end, and how servers do. */
export const ending: readonly Row[] = [...endings, ...servers];
