import { expect, test } from "vitest";
import { NOT_WRITABLE, SentMarks } from "../../../src/shell/transport/sent-marks.ts";

test("each is told once its bytes have left, in order; the others, that they never will", () => {
  const marks = new SentMarks();
  const told: string[] = [];
  const add = (at: number, name: string): void => {
    marks.add(at, (error) => {
      told.push(error ? `${name}: ${error.message}` : name);
    });
  };
  add(0, "nothing");
  add(10, "ten");
  add(10, "ten, too");
  add(30, "thirty");
  marks.reached(9);
  expect(told).toEqual(["nothing"]);
  marks.reached(10);
  marks.reached(29);
  expect(told).toEqual(["nothing", "ten", "ten, too"]);
  add(40, "forty");
  marks.fail(new Error("reset"));
  marks.fail(new Error("again"));
  expect(told.slice(3)).toEqual(["thirty: reset", "forty: reset"]);
  add(50, "fifty");
  marks.fail(undefined);
  expect(told.at(-1)).toBe(`fifty: ${NOT_WRITABLE}`);
});
