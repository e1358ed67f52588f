import fc from "fast-check";
import { expect, test } from "vitest";
import { decodePresence, encodePresence } from "../../src/topics/presence-message.ts";

test.each([
  { kind: "all", version: 3, counts: [["room/42", 7]] },
  { kind: "change", version: 4, counts: [] },
  { kind: "ask", of: "0123456789abcdef" },
  { kind: "leave" },
] as const)("%j comes back as it went", (message) => {
  expect(decodePresence(encodePresence(message))).toEqual(message);
});

test.each([
  "",
  "[]",
  "null",
  "7",
  "{}",
  '{"kind":"all"}',
  '{"kind":"all","version":1,"counts":[[1,2]]}',
  '{"kind":"change","version":1,"counts":[["a",-1]]}',
  '{"kind":"change","version":0.5,"counts":[]}',
  '{"kind":"change","version":1,"counts":[["a","1"]]}',
])("%s is none", (text) => {
  expect(decodePresence(text)).toBeUndefined();
});

test("nothing throws", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      decodePresence(text);
    }),
  );
});
