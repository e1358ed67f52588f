import { execFile, execFileSync } from "node:child_process";
import http, { type ServerResponse } from "node:http";
import http2 from "node:http2";
import net from "node:net";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { EventSource, WebSocket } from "../../src/index.ts";
import { exchange } from "../../../core/testing/server/event-sources.ts";
import { once, pause, served, served2 } from "./event-source.served.ts";

const hasCurl = (() => {
  try {
    execFileSync("curl", ["--version"]);
    return true;
  } catch {
    return false;
  }
})();

/** Reads a stream over HTTP/2, from a session of its own. */
async function exchange2(
  url: string,
): Promise<{ headers: http2.IncomingHttpHeaders; body: string }> {
  const session = http2.connect(url);
  const stream = session.request({ ":path": "/events", accept: "text/event-stream" });
  stream.setEncoding("utf8");
  let body = "";
  let headers: http2.IncomingHttpHeaders = {};
  stream
    .on("response", (fields) => {
      headers = fields;
    })
    .on("data", (text: string) => {
      body += text;
    });
  await once(stream, "end");
  session.close();
  return { headers, body };
}

describe("what is different from faye-websocket", () => {
  test("header fields that the response has are kept, and hooks see them", async () => {
    await using server = await served((request, response) => {
      response.setHeader("X-Framework", "yes");
      response.setHeader("Cache-Control", "private");
      response.setHeader("Content-Type", "text/html");
      response.setHeader("Content-Length", 5);
      const { writeHead } = response;
      response.writeHead = function (this: ServerResponse, ...args: any[]): any {
        this.setHeader("X-Hook", "seen");
        return (writeHead as any).apply(this, args);
      };
      new EventSource(request, response, { headers: { "Set-Cookie": ["a=1", "b=2"] } }).end("a");
    });
    const { head, body } = await exchange(server.port);
    expect(
      head
        .split("\r\n")
        .filter((line) => !line.startsWith("Date: "))
        .sort(),
    ).toEqual([
      "Cache-Control: private",
      "Connection: close",
      "Content-Type: text/event-stream",
      "HTTP/1.1 200 OK",
      "Set-Cookie: a=1",
      "Set-Cookie: b=2",
      "X-Accel-Buffering: no",
      "X-Framework: yes",
      "X-Hook: seen",
    ]);
    expect(body).toBe("retry: 5000\r\n\r\ndata: a\r\n\r\n");
  });

  test("HTTP/2: the same body, no Connection", async () => {
    const log: unknown[] = [];
    await using server = await served2((request, response) => {
      response.setHeader("x-framework", "yes");
      const source = new EventSource(request, response, { ping: 0.02 });
      source
        .on("open", () =>
          log.push(["open", EventSource.isEventSource(request), source.url.replace(/\d+/g, "N")]),
        )
        .on("close", () => log.push("close"));
      source.send("a", { id: 1 });
      setTimeout(() => source.end("b"), 30);
    });
    const { headers, body } = await exchange2(server.url);
    expect(headers).toMatchObject({
      ":status": 200,
      "content-type": "text/event-stream",
      "cache-control": "no-cache, no-store, no-transform",
      "x-accel-buffering": "no",
      "x-framework": "yes",
    });
    expect(headers).not.toHaveProperty("connection");
    expect(body).toBe("retry: 5000\r\n\r\nid: 1\r\ndata: a\r\n\r\n:\r\n\r\ndata: b\r\n\r\n");
    expect(log).toEqual([["open", true, "http://N.N.N.N:N/events"], "close"]);
  });

  test("HTTP/2: the reader leaving closes it; back-pressure and drain", async () => {
    let source!: EventSource;
    await using server = await served2((request, response) => {
      source = new EventSource(request, response);
    });
    const session = http2.connect(server.url);
    const stream = session.request({ ":path": "/" });
    await once(stream, "response");
    expect(source.send("x".repeat(1_000_000))).toBe(false);
    await pause(20);
    expect([source.send("y"), source.writableNeedDrain, source.bufferedAmount > 0]).toEqual([
      false,
      true,
      true,
    ]);
    const drained = once(source, "drain");
    stream.resume();
    await drained;
    expect(source.send("z")).toBe(true);
    const closed = once(source, "close");
    stream.close(http2.constants.NGHTTP2_CANCEL);
    await closed;
    expect([source.readyState, source.send("a")]).toEqual([3, false]);
    session.destroy();
  });

  test("retry 0 and ping 0 disable; the head leaves all the same", async () => {
    let source!: EventSource;
    await using server = await served((request, response) => {
      source = new EventSource(request, response, { retry: 0, ping: 0 });
    });
    const response = await new Promise<http.IncomingMessage>((resolve) =>
      http.get(server.url, resolve),
    );
    expect(response.statusCode).toBe(200);
    source.end("a");
    expect(await new Response(response as any).text()).toBe("data: a\r\n\r\n");
  });

  test("Accept with parameters, in any case", () => {
    const is = (accept: string): boolean =>
      EventSource.isEventSource({ method: "GET", headers: { accept } });
    expect(
      [
        "text/event-stream;q=0.9",
        "TEXT/event-stream",
        "text/event-stream; q=0",
        "text/html;q=1, text/event-stream ; q=0.5",
      ].map(is),
    ).toEqual([true, true, false, true]);
  });

  test.each<[string, any, any]>([
    ["a line break in event", "a", { event: "x\ndata: injected" }],
    ["a line break in id", "a", { id: "1\r" }],
    ["NUL in id", "a", { id: "\0" }],
  ])("%s is a TypeError, and nothing is sent", async (_, data, options) => {
    let thrown: unknown;
    await using server = await served((request, response) => {
      const source = new EventSource(request, response);
      try {
        source.send(data, options);
      } catch (error) {
        thrown = error;
      }
      source.close();
    });
    expect((await exchange(server.port)).body).toBe("retry: 5000\r\n\r\n");
    expect(thrown).toBeInstanceOf(TypeError);
  });

  test("id 0 is sent", async () => {
    await using server = await served((request, response) => {
      const source = new EventSource(request, response, { retry: 0 });
      source.send("a", { id: 0 });
      source.close();
    });
    expect((await exchange(server.port)).body).toBe("id: 0\r\ndata: a\r\n\r\n");
  });

  test.each<[string, object]>([
    ["a header with a line break", { headers: { "X-A": "a\r\nX-B: b" } }],
    ["a ping that is no time", { ping: -1 }],
  ])("%s is a TypeError, and the response stays the caller's", async (_, options) => {
    await using server = await served((request, response) => {
      expect(() => new EventSource(request, response, options)).toThrow(TypeError);
      response.end("still here");
    });
    expect(await (await fetch(server.url)).text()).toBe("still here");
  });

  test("a response whose head is written is a TypeError", async () => {
    await using server = await served((request, response) => {
      response.writeHead(200);
      expect(() => new EventSource(request, response)).toThrow("its head is written already");
      response.end("mine");
    });
    expect(await (await fetch(server.url)).text()).toBe("mine");
  });

  test("the socket destroyed on this side: closed, with neither listener nor timer left", async () => {
    let source!: EventSource;
    let response!: ServerResponse;
    await using server = await served((request, answer) => {
      response = answer;
      source = new EventSource(request, answer, { ping: 0.01 });
    });
    const client = http.get(server.url).on("error", () => {});
    await once(client, "response");
    const closed = once(source, "close");
    response.socket!.destroy();
    await closed;
    await pause(30);
    expect([
      source.readyState,
      source.ping(),
      ["drain", "close", "error"].map(
        (type) => response.listeners(type).filter(({ name }) => name === "listen").length,
      ),
    ]).toEqual([3, false, [0, 0, 0]]);
  });

  test.each<[string, (socket: net.Socket) => void]>([
    ["ends", (socket) => socket.end()],
    ["resets", (socket) => socket.resetAndDestroy()],
  ])("the client %s: closed", async (_, leave) => {
    const sources: EventSource[] = [];
    await using server = await served((request, response) => {
      sources.push(new EventSource(request, response));
    });
    const socket = net.connect(server.port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await once(socket, "data");
    const closed = once(sources[0]!, "close");
    leave(socket);
    await closed;
    expect(sources[0]!.readyState).toBe(3);
  });

  test("a client that leaves while the request before is still being answered: closed", async () => {
    let source: EventSource | undefined;
    await using server = await served((request, response) => {
      if (request.url === "/events") source = new EventSource(request, response);
    });
    const socket = net.connect(server.port, "127.0.0.1").on("error", () => {});
    socket.write("GET /page HTTP/1.1\r\nHost: a\r\n\r\nGET /events HTTP/1.1\r\nHost: a\r\n\r\n");
    while (source === undefined) await pause(5);
    expect([source.writable, source.send("a")]).toEqual([true, true]);
    const closed = once(source, "close");
    socket.destroy();
    await closed;
    expect(source.readyState).toBe(3);
  });

  test("no reader any more: a closed EventSource, which emits close", async () => {
    let resolve!: (values: unknown[]) => void;
    const seen = new Promise<unknown[]>((settle) => {
      resolve = settle;
    });
    await using server = await served((request, response) => {
      request.socket.destroy();
      response.once("close", () => {
        const source = new EventSource(request, response);
        const values: unknown[] = [
          source.readyState,
          source.writable,
          source.send("a"),
          source.ping(),
          source.close(),
        ];
        source.on("close", () => resolve(values));
      });
    });
    net
      .connect(server.port, "127.0.0.1")
      .on("error", () => {})
      .write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(await seen).toEqual([3, false, false, false, false]);
  });

  test("HEAD: the head alone, and closed, over HTTP/1.1 and HTTP/2", async () => {
    const log: unknown[] = [];
    const serve = (request: any, response: any): void => {
      const source = new EventSource(request, response);
      source.on("open", () => log.push("open")).on("close", () => log.push("close"));
      log.push(source.send("a"));
    };
    await using one = await served(serve);
    const { head, body } = await exchange(one.port, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect([head.includes("Content-Type: text/event-stream"), body, log.splice(0)]).toEqual([
      true,
      "",
      [false, "close"],
    ]);
    await using two = await served2(serve);
    const session = http2.connect(two.url);
    const stream = session.request({ ":path": "/", ":method": "HEAD" }).resume();
    const ended = once(stream, "end");
    expect((await once(stream, "response"))["content-type"]).toBe("text/event-stream");
    await ended;
    expect(log).toEqual([false, "close"]);
    session.destroy();
  });

  test("POST: as GET, for clients that send what they ask for", async () => {
    await using server = await served((request, response) => {
      new EventSource(request, response).end("a");
    });
    const { body } = await exchange(
      server.port,
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
    );
    expect(body).toBe("retry: 5000\r\n\r\ndata: a\r\n\r\n");
  });

  test("one signal ends any number of streams, and Node warns of no leak", async () => {
    const warnings: Error[] = [];
    const warn = (warning: Error): void => void warnings.push(warning);
    const all = new AbortController();
    process.on("warning", warn);
    await using server = await served((request, response) => {
      new EventSource(request, response, { signal: all.signal });
    });
    const responses = await Promise.all(Array.from({ length: 12 }, () => fetch(server.url)));
    all.abort();
    expect(await Promise.all(responses.map((response) => response.text()))).toEqual(
      Array(12).fill("retry: 5000\r\n\r\n"),
    );
    process.off("warning", warn);
    expect(warnings).toEqual([]);
  });

  test("Last-Event-ID in UTF-8", async () => {
    let id = "";
    await using server = await served((request, response) => {
      const source = new EventSource(request, response);
      id = source.lastEventId;
      source.close();
    });
    await exchange(server.port, "GET / HTTP/1.1\r\nHost: a\r\nLast-Event-ID: ü€\r\n\r\n");
    expect(id).toBe("ü€");
  });

  test("a reader that is too slow is dropped at maxBufferedBytes", async () => {
    const log: unknown[] = [];
    let source!: EventSource;
    await using server = await served((request, response) => {
      source = new EventSource(request, response, { maxBufferedBytes: 1_000_000 });
    });
    const socket = net.connect(server.port, "127.0.0.1");
    socket
      .on("error", () => {})
      .pause()
      .write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    while (source === undefined) await pause(5);
    source.on("error", ({ code }) => log.push(code)).on("close", () => log.push("close"));
    for (let sent = 0; source.writable && sent < 2000; sent++) {
      source.send("x".repeat(50_000));
      if (sent % 10 === 0) await pause(0);
    }
    expect(log).toEqual(["output-overflow", "close"]);
    socket.destroy();
  });
});

describe("the constructor", () => {
  test("is a static of WebSocket, as there", () => expect(WebSocket.EventSource).toBe(EventSource));
  test("without new, the error says so", () =>
    expect(() => (EventSource as any)({}, {})).toThrow("use new"));
  test("has faye-websocket's defaults, which a subclass may change", async () => {
    class Eager extends EventSource {
      override DEFAULT_RETRY = 1;
    }
    expect([
      EventSource.prototype.DEFAULT_PING,
      EventSource.prototype.DEFAULT_RETRY,
      EventSource.length,
      EventSource.name,
    ]).toEqual([10, 5, 3, "EventSource"]);
    await using server = await served((request, response) => {
      new Eager(request, response).end("a");
    });
    expect((await exchange(server.port)).body).toMatch(/^retry: \d+\r\n\r\ndata: a\r\n\r\n$/);
  });
  test("HTTP/1.0", async () => {
    await using server = await served((request, response) => {
      new EventSource(request, response).end("a");
    });
    const { head, body } = await exchange(server.port, "GET / HTTP/1.0\r\n\r\n");
    expect([head.includes("Transfer-Encoding"), body]).toEqual([
      false,
      "retry: 5000\r\n\r\ndata: a\r\n\r\n",
    ]);
  });
});

test("what is sent in one turn, the head and the first events too, is one chunk on the wire", async () => {
  await using server = await served((request, response) => {
    const source = new EventSource(request, response);
    source.send("a");
    source.send("b");
    setTimeout(() => {
      source.send("c");
      source.send("d");
      source.close();
    }, 20);
  });
  const chunks: string[] = [];
  const socket = net
    .connect(server.port, "127.0.0.1")
    .setEncoding("utf8")
    .on("data", (text: string) => chunks.push(text.slice(text.indexOf("data: "))));
  socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await once(socket, "end");
  expect(chunks).toEqual(["data: a\r\n\r\ndata: b\r\n\r\n", "data: c\r\n\r\ndata: d\r\n\r\n"]);
});

test.skipIf(!hasCurl)(
  `curl reads it, over HTTP/1.1 and HTTP/2${hasCurl ? "" : " (skipped: no curl)"}`,
  async () => {
    const run = promisify(execFile);
    const serve = (request: any, response: any): void => {
      const source = new EventSource(request, response);
      source.send("multi\nline", { event: "e", id: 1 });
      setTimeout(() => source.end("last"), 20);
    };
    const expected =
      "retry: 5000\r\n\r\nevent: e\r\nid: 1\r\ndata: multi\ndata: line\r\n\r\ndata: last\r\n\r\n";
    await using one = await served(serve);
    await using two = await served2(serve);
    expect((await run("curl", ["-sN", "-H", "Accept: text/event-stream", one.url])).stdout).toBe(
      expected,
    );
    expect((await run("curl", ["-sN", "--http2-prior-knowledge", `${two.url}/`])).stdout).toBe(
      expected,
    );
  },
);
