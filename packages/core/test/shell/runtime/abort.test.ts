import { describe, expect, test, vi } from "vitest";
import { onAbort } from "../../../src/shell/runtime/abort.ts";

describe("one signal for many", () => {
  test("has one listener, however many wait", () => {
    const controller = new AbortController();
    const { signal } = controller;
    const added = vi.spyOn(signal, "addEventListener");
    const log: number[] = [];
    for (let at = 0; at < 30; at++) onAbort(signal, () => log.push(at));
    expect(added).toHaveBeenCalledOnce(); // from eleven on, Node warns of a leak
    controller.abort();
    controller.abort();
    expect(log).toEqual(Array.from({ length: 30 }, (_, at) => at));
  });
  test("who no longer waits is not called, also when another's call undoes it; the last takes the listener along", () => {
    const controller = new AbortController();
    const { signal } = controller;
    const removed = vi.spyOn(signal, "removeEventListener");
    const log: string[] = [];
    const undoFirst = onAbort(signal, () => {
      log.push("first");
    });
    onAbort(signal, () => {
      log.push("second");
      undoThird();
    });
    const undoThird = onAbort(signal, () => {
      log.push("third");
    });
    undoFirst();
    undoFirst();
    expect(removed).not.toHaveBeenCalled();
    controller.abort();
    expect(log).toEqual(["second"]);
    const other = new AbortController();
    const gone = vi.spyOn(other.signal, "removeEventListener");
    onAbort(other.signal, () => {})();
    expect(gone).toHaveBeenCalledOnce();
    onAbort(other.signal, () => {
      log.push("again");
    });
    other.abort();
    expect(log).toEqual(["second", "again"]);
  });
});
