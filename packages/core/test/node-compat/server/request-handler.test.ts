import { once } from "node:events";
import http from "node:http";
import type net from "node:net";
import { afterEach, expect, test } from "vitest";
import { layer } from "../fake-modules.ts";
import { requestHandler } from "../../../src/node-compat/server/request-handler.ts";

let server: http.Server | undefined;
afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

async function serve(handler: ReturnType<typeof requestHandler>): Promise<string> {
  server = http.createServer(handler).listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as net.AddressInfo).port}/`;
}

test("without fetch, every request is told to upgrade", async () => {
  const response = await fetch(await serve(requestHandler(layer, undefined, undefined)));
  expect([response.status, response.headers.get("upgrade"), await response.text()]).toEqual([
    426,
    "websocket",
    expect.stringMatching(/^This server speaks WebSocket[^]*proxy_set_header Upgrade/),
  ]);
});

test("requests that come before the bridge is loaded wait for it", async () => {
  let handle: ReturnType<typeof requestHandler> | undefined;
  const origin = await serve((request, response) => {
    (handle ??= requestHandler(layer, () => new Response("late"), undefined))(request, response);
  });
  expect(await (await fetch(origin)).text()).toBe("late");
  expect(await (await fetch(origin)).text()).toBe("late");
});

test("errors go to their handler", async () => {
  const origin = await serve(
    requestHandler(
      layer,
      () => {
        throw new Error("x");
      },
      (error) => new Response(String(error), { status: 503 }),
    ),
  );
  const response = await fetch(origin);
  expect([response.status, await response.text()]).toEqual([503, "Error: x"]);
});
