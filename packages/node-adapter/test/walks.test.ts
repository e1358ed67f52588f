/** The walks in `docs/architecture.md` are what a message really passes: a traced call over a real socket is compared with each list. */
import { readFileSync } from "node:fs";
import net from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WriteBuffer } from "../../core/src/connection/buffer/write-buffer.ts";
import { connect, listen } from "../src/index.ts";

/** One file of a walk, and its functions. */
interface Place {
  readonly file: string;
  /** In the order in which they are called. */
  readonly functions: string[];
}

/** The numbered lists of the section, in order. */
function walksOf(markdown: string): Place[][] {
  const section = /^## Two walks through the code$([^]*?)(?=^## |(?![^]))/m.exec(markdown)![1]!;
  const walks: Place[][] = [];
  for (const line of section.split("\n")) {
    const [, number, file, names] = /^(\d+)\. `([\w/.-]+)`((?:,? `\w+`)*):/.exec(line) ?? [];
    if (file === undefined) continue;
    if (number === "1") walks.push([]);
    walks.at(-1)!.push({ file, functions: [...names!.matchAll(/\w+/g)].map(([name]) => name) });
  }
  return walks;
}

/** The files of `packages/core/src` on the stack, the outermost first, with the functions of each. */
function places(): Place[] {
  const found: Place[] = [];
  for (const line of new Error("here").stack!.split("\n").reverse()) {
    const [, name, file] =
      /at (?:async )?(?:[\w.]*?(\w+|<anonymous>) \()?\S*packages\/core\/src\/([\w/.-]+):/.exec(
        line,
      ) ?? [];
    if (file === undefined) continue;
    if (found.at(-1)?.file !== file) found.push({ file, functions: [] });
    if (name !== undefined && name !== "<anonymous>") found.at(-1)!.functions.push(name);
  }
  return found;
}

/** Calls `seen` before the next call of a method. */
function once<T extends object>(target: T, name: keyof T & string, seen: () => void): void {
  const own = Object.getOwnPropertyDescriptor(target, name);
  const method = target[name] as (...args: unknown[]) => unknown;
  target[name] = function (this: unknown, ...args: unknown[]): unknown {
    if (own === undefined) delete (target as Partial<T>)[name];
    else Object.defineProperty(target, name, own);
    seen();
    return method.apply(this, args);
  } as T[typeof name];
}

const root = fileURLToPath(new URL("../../../", import.meta.url));
const told = walksOf(readFileSync(`${root}docs/architecture.md`, "utf8"));
const traced: Place[][] = [];
const { stackTraceLimit } = Error;

beforeAll(async () => {
  Error.stackTraceLimit = 100;
  const server = listen({
    hostname: "127.0.0.1",
    websocket: {
      message(socket) {
        traced[0] = places();
        // In a turn of its own: what is sent while bytes are read leaves when they have been read.
        setImmediate(() => {
          once(WriteBuffer.prototype, "reserve", () => (traced[1] = places()));
          once(net.Socket.prototype, "write", () => (traced[2] = places()));
          socket.send("hi");
        });
      },
    },
  });
  await server.ready;
  const client = await connect(server.url);
  client.send("hello");
  for await (const _ of client) break;
  await server.stop();
});
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

test.each([
  ["a byte that comes in", 0],
  ["a message that goes out, until it is framed", 1],
  ["and how it is written", 2],
] as const)("%s", (_, at) => {
  const walk = told[at]!;
  expect(walk.length).toBeGreaterThan(3);
  expect(walk.map(({ file }) => file)).toEqual(traced[at]!.map(({ file }) => file));
  for (const [index, { file, functions }] of walk.entries())
    expect(traced[at]![index]!.functions, file).toEqual(expect.arrayContaining(functions));
});
