/** The CommonJS build loads its parts at their first use. */
import { describe, expect, test } from "vitest";
import { lazy } from "../lazy-requires.mjs";

/** Runs `text` as a module; `asked` is what it has required. */
function run(text: string): { exports: any; asked: string[] } {
  const asked: string[] = [];
  const module = { exports: {} as any };
  const parts = { Thing: class Thing {}, plus: (a: number, b: number) => a + b };
  new Function("require", "module", "exports", text)(
    (path: string) => {
      asked.push(path);
      return parts;
    },
    module,
    module.exports,
  );
  return { exports: module.exports, asked };
}

const built = `'use strict';

var chunkA_cjs = require('./chunk-A.cjs');
require('../chunk-B.cjs');
var import_shell = require("@sansocket/core/shell");
var stream = require('stream');

exports.make = () => new chunkA_cjs.Thing(1);
exports.add = () => chunkA_cjs.plus(1, 2) + (0, import_shell.plus)(3, 4);
`;

describe("a built file", () => {
  test("requires its parts when they are used, each once, and Node's modules at once", () => {
    const { exports, asked } = run(lazy(built));
    expect(asked).toEqual(["stream"]);
    expect(exports.make().constructor.name).toBe("Thing");
    expect(exports.add()).toBe(10);
    exports.make();
    exports.add();
    expect(asked).toEqual(["stream", "./chunk-A.cjs", "@sansocket/core/shell"]);
  });

  test("keeps its lines, for source maps", () => {
    const lines = lazy(built).split("\n");
    expect(lines).toHaveLength(built.split("\n").length);
    expect(lines[7]).toContain("exports.make =");
  });

  test("that has nothing of ours stays as it is", () => {
    const plain = `var net = require('net');\nexports.x = net.connect;\n`;
    expect(lazy(plain)).toBe(plain);
  });
});
