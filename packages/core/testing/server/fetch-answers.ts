/** How the `fetch` of `serve()` answers ordinary requests, as a suite that every adapter runs over its `node:http`. */
import assert from "node:assert/strict";
import net from "node:net";
import type { NodeModules, ServeOptions } from "../../src/node-compat/index.ts";
import type { Adapter, Case } from "../harness/harnesses.ts";

type FetchHandler = NonNullable<ServeOptions["fetch"]>;

/** Runs `use` with a server that answers by `fetch`. */
async function withFetch(
  { serve }: Adapter,
  options: Pick<ServeOptions, "fetch" | "error" | "http2" | "handshakeTimeout">,
  use: (origin: string, port: number) => Promise<void>,
): Promise<void> {
  const server = serve({ hostname: "127.0.0.1", ...options, websocket: {} });
  await server.ready;
  try {
    await use(`http://127.0.0.1:${server.port}`, server.port);
  } finally {
    await server.stop({ force: true });
  }
}

/** All that answers a request that is written by hand. */
function raw(port: number, request: string): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    net
      .connect(port, "127.0.0.1")
      .setEncoding("latin1")
      .on("data", (chunk: string) => {
        text += chunk;
      })
      .on("error", () => {})
      .on("close", () => {
        resolve(text);
      })
      .write(request);
  });
}

const broken: readonly [name: string, fetch: FetchHandler][] = [
  [
    "throws",
    () => {
      throw new Error("secret detail");
    },
  ],
  ["rejects", () => Promise.reject(new Error("secret detail"))],
  ["returns nothing", (() => undefined) as unknown as FetchHandler],
];

/** All of it. */
export const fetchAnswers: readonly Case[] = [
  {
    name: "a client that says nothing, or half a head, is sent away after handshakeTimeout; an answer may take longer",
    run: (adapter) =>
      withFetch(
        adapter,
        {
          handshakeTimeout: 200,
          fetch: () =>
            new Promise((resolve) => {
              setTimeout(() => {
                resolve(new Response("at last"));
              }, 700);
            }),
        },
        async (_, port) => {
          const answers = [
            "",
            "GET / HTTP/1.1\r\nHost: a\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
          ].map((request) => raw(port, request));
          const [silent, half, whole] = await Promise.all(answers);
          assert.match(silent!, /^HTTP\/1.1 408 /);
          assert.match(half!, /^HTTP\/1.1 408 /);
          assert.match(whole!, /^HTTP\/1.1 200 [^]*at last/);
        },
      ),
  },
  {
    name: "method, path, fields and body arrive; status, fields and body go back",
    run: (adapter) =>
      withFetch(
        adapter,
        {
          fetch: async (request) =>
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
        },
        async (origin) => {
          const response = await fetch(`${origin}/path?q=1`, {
            method: "POST",
            body: "body",
            headers: { "x-mark": "m" },
          });
          assert.deepEqual(
            [response.status, response.headers.get("x-answer"), response.headers.getSetCookie()],
            [201, "yes", ["a=1", "b=2"]],
          );
          assert.equal(await response.text(), "POST /path m body");
        },
      ),
  },
  {
    name: "a body goes out as it is made, and large ones both ways",
    run: (adapter) =>
      withFetch(
        adapter,
        {
          fetch: async (request) => {
            const body = new Uint8Array(await request.arrayBuffer());
            return new Response(
              new ReadableStream({
                start(controller) {
                  for (let from = 0; from < body.length; from += 100_000)
                    controller.enqueue(body.subarray(from, from + 100_000));
                  controller.close();
                },
              }),
            );
          },
        },
        async (origin) => {
          const body = new Uint8Array(1_000_000).map((_, index) => index >> 3);
          const response = await fetch(origin, { method: "PUT", body });
          assert.deepEqual(new Uint8Array(await response.arrayBuffer()), body);
        },
      ),
  },
  {
    name: "X-Forwarded-* is not believed",
    run: (adapter) =>
      withFetch(adapter, { fetch: (request) => new Response(request.url) }, async (origin) => {
        const response = await fetch(`${origin}/`, {
          headers: {
            "x-forwarded-proto": "https",
            "x-forwarded-host": "elsewhere.example",
            "x-forwarded-for": "192.0.2.1",
          },
        });
        assert.equal(await response.text(), `${origin}/`);
      }),
  },
  {
    name: "targets that are no URL harm nothing",
    run: (adapter) =>
      withFetch(
        adapter,
        { fetch: (request) => new Response(new URL(request.url).pathname) },
        async (origin, port) => {
          for (const target of ["nonsense", "//[", "ftp://example.com/", "http://[", "*"]) {
            assert.match(
              await raw(port, `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
              /^HTTP\/1\.1 (?:200|400) /,
              target,
            );
          }
          assert.equal((await fetch(origin)).status, 200);
        },
      ),
  },
  ...broken.map(([name, handler]): Case => ({
    name: `a handler that ${name}: 500, and nothing of why`,
    run: (adapter) =>
      withFetch(adapter, { fetch: handler }, async (origin) => {
        const response = await fetch(origin);
        assert.deepEqual(
          [response.status, await response.text()],
          [500, "Internal Server Error\n"],
        );
      }),
  })),
  {
    name: "a handler that fails is answered by the application's own handler of errors",
    run: (adapter) =>
      withFetch(
        adapter,
        {
          fetch: () => {
            throw new Error("x");
          },
          error: (error) => new Response(String(error), { status: 503 }),
        },
        async (origin) => {
          const response = await fetch(origin);
          assert.deepEqual([response.status, await response.text()], [503, "Error: x"]);
        },
      ),
  },
  {
    name: "without a fetch, an ordinary request is told what is here",
    run: (adapter) =>
      withFetch(adapter, {}, async (origin) => {
        const response = await fetch(origin);
        assert.deepEqual([response.status, response.headers.get("upgrade")], [426, "websocket"]);
        await response.body?.cancel();
      }),
  },
];

/** The requirements for an adapter's `NodeModules`, whose modules are the runtime's. */
export async function checkLayer(layer: NodeModules): Promise<void> {
  assert.equal(typeof layer.http.createServer, "function");
  assert.equal(typeof layer.https.createServer, "function");
  assert.equal(typeof layer.http2.createServer, "function");
  assert.equal(typeof layer.tls.connect, "function");
  assert.equal(layer.net.isIP("::1"), 6);
  assert.equal(typeof (await layer.loadFetchBridge()), "function");
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    layer.setImmediate(() => {
      order.push("immediate");
      resolve();
    });
    layer.runtime.queueMicrotask(() => {
      order.push("microtask");
    });
  });
  assert.deepEqual(order, ["microtask", "immediate"]);
  const warned = new Promise<Error>((resolve) => {
    process.once("warning", resolve);
  });
  layer.emitWarning("the text", "SansocketWarning");
  const { name, message } = await warned;
  assert.deepEqual([name, message], ["SansocketWarning", "the text"]);
}
