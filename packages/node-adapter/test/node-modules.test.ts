import net from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { serve as start, type ServeOptions, type SocketServer } from "../src/index.ts";

type FetchHandler = NonNullable<ServeOptions["fetch"]>;
type ErrorHandler = NonNullable<ServeOptions["error"]>;

let server: SocketServer | undefined;
afterEach(async () => {
  vi.restoreAllMocks();
  await server?.stop({ force: true });
});

async function serve(fetch: FetchHandler, error?: ErrorHandler): Promise<string> {
  server = start({ hostname: "127.0.0.1", fetch, error, websocket: {} });
  await server.ready;
  return `http://127.0.0.1:${server.port}`;
}

async function raw(origin: string, request: string): Promise<string> {
  const socket = net.connect(Number(new URL(origin).port), "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.end(request);
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("latin1");
}

describe("a fetch handler answers node:http", () => {
  test("method, path, headers and body arrive; status, headers and body go back", async () => {
    const origin = await serve(
      async (request) =>
        new Response(
          `${request.method} ${new URL(request.url).pathname} ${request.headers.get("x-mark")} ${await request.text()}`,
          {
            status: 201,
            headers: [
              ["set-cookie", "a=1"],
              ["set-cookie", "b=2"],
              ["x-answer", "yes"],
            ],
          },
        ),
    );
    const response = await fetch(`${origin}/path?q=1`, {
      method: "POST",
      body: "body",
      headers: { "x-mark": "m" },
    });
    expect([
      response.status,
      response.headers.get("x-answer"),
      response.headers.getSetCookie(),
    ]).toEqual([201, "yes", ["a=1", "b=2"]]);
    expect(await response.text()).toBe("POST /path m body");
  });

  test("a streamed body goes out as it is made", async () => {
    const origin = await serve(
      () =>
        new Response(
          new ReadableStream({
            start(controller) {
              for (const part of ["one ", "two ", "three"])
                controller.enqueue(new TextEncoder().encode(part));
              controller.close();
            },
          }),
        ),
    );
    expect(await (await fetch(origin)).text()).toBe("one two three");
  });

  test("X-Forwarded-* is not believed", async () => {
    const origin = await serve((request) => new Response(request.url));
    const response = await fetch(`${origin}/`, {
      headers: {
        "x-forwarded-proto": "https",
        "x-forwarded-host": "elsewhere.example",
        "x-forwarded-for": "192.0.2.1",
      },
    });
    expect(await response.text()).toBe(`${origin}/`);
  });

  test.each(["nonsense", "//[", "ftp://example.com/", "http://[", "*"])(
    "the target %s harms nothing",
    async (target) => {
      const origin = await serve((request) => new Response(new URL(request.url).pathname));
      expect(
        await raw(origin, `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
      ).toMatch(/^HTTP\/1\.1 (?:200|400) /);
      expect((await fetch(origin)).status).toBe(200);
    },
  );
});

describe("a handler that fails", () => {
  const broken: [name: string, handler: FetchHandler, detail: RegExp][] = [
    [
      "throws",
      () => {
        throw new Error("secret detail");
      },
      /Error: secret detail/,
    ],
    [
      "throws what is no error",
      () => {
        throw "secret detail" as unknown;
      },
      /secret detail/,
    ],
    ["rejects", () => Promise.reject(new Error("secret detail")), /Error: secret detail/],
    [
      "returns nothing",
      (() => undefined) as unknown as FetchHandler,
      /expected a Response, got undefined/,
    ],
  ];
  test.each(broken)("%s: 500, and a warning that tells", async (_, handler, detail) => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const response = await fetch(await serve(handler));
    const body = await response.text();
    expect([response.status, body]).toEqual([500, "Internal Server Error\n"]);
    expect(warn.mock.calls).toEqual([[expect.stringMatching(detail), "SansocketWarning"]]);
  });

  test("is answered by the application's own handler of errors", async () => {
    const origin = await serve(
      () => {
        throw new Error("x");
      },
      (error) => new Response(String(error), { status: 503 }),
    );
    const response = await fetch(origin);
    expect([response.status, await response.text()]).toEqual([503, "Error: x"]);
  });

  test("whose handler of errors fails too: 500", async () => {
    vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const origin = await serve(
      () => {
        throw new Error("x");
      },
      () => {
        throw new Error("y");
      },
    );
    expect((await fetch(origin)).status).toBe(500);
  });
});
