import { EventEmitter } from "node:events";
import { beforeEach, describe, expect, test } from "vitest";
import { addListener, removeListener } from "../../../src/shell/events/listeners.ts";

let emitter: EventEmitter;
let heard: unknown[];
beforeEach(() => {
  emitter = new EventEmitter();
  heard = [];
});
const listener = (event: unknown): void => void heard.push(event);

test("a function is added as it is, and `this` is the emitter", () => {
  let self: unknown;
  const function_ = function (this: unknown): void {
    self = this;
  };
  addListener(emitter, "a", function_, undefined);
  expect(emitter.listeners("a")).toEqual([function_]);
  emitter.emit("a");
  expect(self).toBe(emitter);
});

test("an object's handleEvent is looked up at each call, with the object as `this`", () => {
  const object = {
    seen: [] as unknown[],
    handleEvent(event: unknown): void {
      this.seen.push(event);
    },
  };
  addListener(emitter, "a", object, false);
  emitter.emit("a", 1);
  object.handleEvent = function () {
    this.seen.push("replaced");
  };
  emitter.emit("a", 2);
  expect(object.seen).toEqual([1, "replaced"]);
  removeListener(emitter, "a", object);
  expect(emitter.listenerCount("a")).toBe(0);
});

test("null and undefined are ignored", () => {
  for (const nothing of [null, undefined]) {
    addListener(emitter, "a", nothing, null);
    removeListener(emitter, "a", nothing);
  }
  expect(emitter.listenerCount("a")).toBe(0);
});

describe("once", () => {
  test.each([
    ["a function", listener],
    ["an object", { handleEvent: listener }],
  ])("%s is called once, and is gone by then", (_, given) => {
    addListener(emitter, "a", given, { once: true });
    emitter.emit("a", 1);
    expect(emitter.listenerCount("a")).toBe(0);
    emitter.emit("a", 2);
    expect(heard).toEqual([1]);
  });

  test("it can be removed before", () => {
    const object = { handleEvent: listener };
    for (const given of [listener, object]) {
      addListener(emitter, "a", given, { once: true });
      removeListener(emitter, "a", given);
    }
    emitter.off("a", listener);
    emitter.emit("a", 1);
    expect(heard).toEqual([]);
  });
});

test("a signal removes its listener; one that has aborted adds nothing", () => {
  const controller = new AbortController();
  const object = { handleEvent: listener };
  addListener(emitter, "a", object, { signal: controller.signal });
  emitter.emit("a", 1);
  controller.abort();
  emitter.emit("a", 2);
  addListener(emitter, "a", listener, { signal: controller.signal });
  emitter.emit("a", 3);
  expect(heard).toEqual([1]);
});

test("the last added of a listener is removed first, and another stays", () => {
  addListener(emitter, "a", listener, {});
  addListener(emitter, "a", listener, {});
  removeListener(emitter, "a", listener);
  removeListener(emitter, "a", () => {});
  expect(emitter.listenerCount("a")).toBe(1);
});
