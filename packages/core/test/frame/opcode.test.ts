import { expect, test } from "vitest";
import {
  BINARY,
  CLOSE,
  CONTINUATION,
  isControl,
  isKnown,
  PING,
  PONG,
  TEXT,
} from "../../src/frame/opcode.ts";

const cases: [opcode: number, known: boolean, control: boolean][] = [
  [CONTINUATION, true, false],
  [TEXT, true, false],
  [BINARY, true, false],
  [3, false, false],
  [4, false, false],
  [5, false, false],
  [6, false, false],
  [7, false, false],
  [CLOSE, true, true],
  [PING, true, true],
  [PONG, true, true],
  [11, false, true],
  [12, false, true],
  [13, false, true],
  [14, false, true],
  [15, false, true],
];

test.each(cases)("opcode %i: known %s, control %s", (opcode, known, control) => {
  expect(isKnown(opcode)).toBe(known);
  expect(isControl(opcode)).toBe(control);
});
