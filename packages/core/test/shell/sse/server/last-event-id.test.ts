import { expect, test } from "vitest";
import { readLastEventId } from "../../../../src/shell/sse/server/last-event-id.ts";

const latin1 = (text: string): string => Buffer.from(text).toString("latin1");
test.each<[string, Parameters<typeof readLastEventId>[0], string]>([
  ["none", undefined, ""],
  ["null", null, ""],
  ["ASCII", "42", "42"],
  ["UTF-8, an octet a character", latin1("ü€😀"), "ü€😀"],
  ["Latin-1 that is no UTF-8", "\u00fc", "\u00fc"],
  ["characters, decoded already", "€", "€"],
  ["repeated", ["a", "b"], "a, b"],
])("%s", (_, value, id) => expect(readLastEventId(value)).toBe(id));
