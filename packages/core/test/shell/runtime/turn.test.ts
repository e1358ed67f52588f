import { expect, test } from "vitest";
import { atEndOfTurn } from "../../../src/shell/runtime/turn.ts";
import { HandRuntime } from "./hand-runtime.ts";

test("one microtask ends the turn of all, in order", () => {
  const runtime = new HandRuntime();
  const ended: number[] = [];
  for (let i = 0; i < 3; i++)
    atEndOfTurn(runtime, {
      endTurn: () => {
        ended.push(i);
      },
    });
  expect(runtime.waiting).toBe(1);
  expect(ended).toEqual([]);
  runtime.runMicrotasks();
  expect(ended).toEqual([0, 1, 2]);
});

test("what is added while a turn ends waits for the next", () => {
  const runtime = new HandRuntime();
  const ended: string[] = [];
  atEndOfTurn(runtime, {
    endTurn: () => {
      ended.push("first");
      atEndOfTurn(runtime, {
        endTurn: () => {
          ended.push("second");
        },
      });
    },
  });
  runtime.runMicrotasks();
  expect(ended).toEqual(["first"]);
  runtime.runMicrotasks();
  expect(ended).toEqual(["first", "second"]);
});

test("a runtime that never runs its microtasks holds up no other", () => {
  const [stuck, runtime] = [new HandRuntime(), new HandRuntime()];
  let ended = 0;
  const corked = { endTurn: () => void ended++ };
  atEndOfTurn(stuck, corked);
  atEndOfTurn(runtime, corked);
  runtime.runMicrotasks();
  expect(ended).toBe(1);
});
