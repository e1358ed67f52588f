import { expect, test } from "vitest";
import { authorizationOf } from "../../../src/node-compat/client/basic-authorization.ts";

test.each<[url: string, credentials: string | undefined]>([
  ["ws://host/", undefined],
  ["ws://user:pass@host/", "user:pass"],
  ["ws://user@host/", "user:"],
  ["ws://:pass@host/", ":pass"],
  ["ws://us%40er:p%C3%A4ss%3A@host/", "us@er:päss:"],
  ["ws://100%:%zz@host/", "100%:%zz"],
])("%s", (url, credentials) => {
  expect(authorizationOf(new URL(url))).toBe(
    credentials === undefined ? undefined : `Basic ${Buffer.from(credentials).toString("base64")}`,
  );
});
