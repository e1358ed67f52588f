import { expect, test } from "vitest";
import { RequestHead } from "../../../src/shell/server/request-head.ts";

const head = (fields: Record<string, string>, target = "/chat?room=1", secure = false) =>
  new RequestHead(
    { method: "GET", target, headers: new Map(Object.entries(fields)) },
    secure,
    "192.0.2.1",
  );

test("has a URL of Host and target", () => {
  expect(head({ host: "example.com:81" }).url?.href).toBe("ws://example.com:81/chat?room=1");
  expect(head({ host: "example.com" }, "/", true).url?.href).toBe("wss://example.com/");
  expect(head({ host: "a b" }).url).toBeUndefined();
});

test("has cookies by name: the first of a name, without quotes, and none called like a property", () => {
  const { cookies } = head({ cookie: 'a=1; b="2"; a=3; =x; c; d=e=f' });
  expect({ ...cookies }).toEqual({ a: "1", b: "2", d: "e=f" });
  expect(cookies["constructor"]).toBeUndefined();
  expect({ ...head({}).cookies }).toEqual({});
});

test("keeps what the request said, and where it came from", () => {
  const request = new RequestHead(
    {
      method: "CONNECT",
      target: "/",
      headers: new Map(),
      httpVersion: "2.0",
      protocol: "websocket",
    },
    false,
    undefined,
  );
  expect([request.method, request.httpVersion, request.protocol, request.remoteAddress]).toEqual([
    "CONNECT",
    "2.0",
    "websocket",
    undefined,
  ]);
  expect("protocol" in head({})).toBe(false);
});
