import fc from "fast-check";
import { expect, test } from "vitest";
import { chooseProtocol } from "../../src/handshake/negotiate.ts";

const cases: [offered: string | undefined, supported: string[], chosen: string][] = [
  ["chat, superchat", ["superchat", "chat"], "chat"],
  ["chat, superchat", ["superchat"], "superchat"],
  ["chat,superchat", ["other"], ""],
  [" \tchat\t ,x", ["chat"], "chat"],
  [",,chat,", ["chat"], "chat"],
  ["Chat", ["chat"], ""],
  ["chats", ["chat"], ""],
  ["", ["chat"], ""],
  ["", [""], ""],
  ["chat", [], ""],
  [undefined, ["chat"], ""],
  ["__proto__, toString", ["constructor"], ""],
  ["__proto__", ["__proto__"], "__proto__"],
  ["(bad), chat", ["chat"], "chat"],
];
test.each(cases)("of %j offered and %j supported: %j", (offered, supported, chosen) =>
  expect(chooseProtocol(offered, supported)).toBe(chosen),
);

test("is the first of the client's that is supported", () => {
  const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e"));
  fc.assert(
    fc.property(names, names, (offered, supported) => {
      expect(chooseProtocol(offered.join(", "), supported)).toBe(
        offered.find((name) => supported.includes(name)) ?? "",
      );
    }),
  );
});

test("a mebibyte of offers is read in linear time", () => {
  const before = process.cpuUsage();
  for (const offered of [
    "a,".repeat(1 << 19),
    " ".repeat(1 << 20),
    `a${" ".repeat(1 << 20)}b`,
    `"${"\\c".repeat(1 << 19)}`,
  ])
    expect(chooseProtocol(offered, ["chat"])).toBe("");
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1000).toBeLessThan(3000);
});
