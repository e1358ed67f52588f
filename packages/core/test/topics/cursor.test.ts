import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { createTestPlatform } from "../../src/testing/platform.ts";
import { Cursors } from "../../src/topics/cursor.ts";

const testPlatform = createTestPlatform();
const signedBy = (secret: Uint8Array) => (bytes: Uint8Array) =>
  createHmac("sha256", secret).update(bytes).digest();
const cursors = new Cursors(testPlatform, signedBy(Uint8Array.from({ length: 16 }, (_, at) => at)));

test("a cursor tells its position to its own topic alone", () => {
  const cursor = cursors.write("room/1", "7-42");
  expect(cursor).toMatch(/^7-42\.[\w-]{22}$/);
  expect(cursors.read("room/1", cursor)).toBe("7-42");
  expect(cursors.read("room/2", cursor)).toBeUndefined();
});

test("one that was changed, cut, made up or signed by others is none", () => {
  const cursor = cursors.write("room/1", "7-42");
  const others = new Cursors(testPlatform, signedBy(new Uint8Array(16))).write("room/1", "7-42");
  const bad = [cursor.replace("42", "41"), cursor.slice(0, -1), `${cursor}A`, "7-42", "7-42.", ""];
  for (const given of [...bad, others, "x".repeat(10_000), `.${"x".repeat(500)}`])
    expect(cursors.read("room/1", given)).toBeUndefined();
});
