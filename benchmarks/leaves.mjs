#!/usr/bin/env node
// Where one way of doing a thing overtakes another: the numbers behind WORDWISE_MIN and WORDWISE_COPY_MIN
// (`packages/core/src/frame/mask.ts`) and LOOP_MAX (`utf8.ts`), on Node, Bun and Deno. Started again by
// itself under each runtime, with the bundles of the leaves as arguments.
import { isAscii, isUtf8 } from "node:buffer";
import { execFileSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { measure } from "./measure.mjs";
import { heading, table } from "./report.mjs";

const bundles = process.argv.slice(2);
if (bundles.length)
  await compare(...(await Promise.all(bundles.map((path) => import(pathToFileURL(path).href)))));
else await everywhere();

async function everywhere() {
  const { leaf } = await import("./build.mjs");
  const mask = (least) => leaf("frame/mask.ts", { WORDWISE_MIN: least, WORDWISE_COPY_MIN: least });
  const paths = await Promise.all([mask(1e9), mask(3), leaf("frame/utf8.ts")]);
  const self = fileURLToPath(import.meta.url);
  const binary = (name) => fileURLToPath(new URL(`../node_modules/.bin/${name}`, import.meta.url));
  for (const [command, ...args] of [
    [process.execPath],
    [binary("bun")],
    [binary("deno"), "run", "-A"],
  ]) {
    execFileSync(command, [...args, self, ...paths], { stdio: "inherit" });
    console.log("");
  }
}

async function compare(byBytes, byWords, { advanceUtf8 }) {
  const SIZES = [16, 32, 48, 64, 96, 128, 160, 192, 256, 512];
  const bytes = new Uint8Array(1024);
  const source = new Uint8Array(1024);
  const KEY = 0x12345678;
  const ascii = new Uint8Array(1024).fill(97);
  const mixed = new TextEncoder().encode("éж€漢😀a".repeat(100));
  const platform = (text, size) => {
    const range = text.subarray(0, size);
    return isAscii(range) ? 2 : isUtf8(range) ? 1 : 0;
  };
  const loop = (text, size) => {
    let at = 0;
    while (at < size && text[at] < 0x80) at++;
    return at === size ? 1 : advanceUtf8(0, text, at, size);
  };
  // Each pair: the way for short ones, the way for long ones.
  const pairs = {
    "mask in place: bytes, words": [
      (size) => byBytes.applyMask(bytes, 6, 6 + size, KEY),
      (size) => byWords.applyMask(bytes, 6, 6 + size, KEY),
    ],
    "masked copy: bytes, words": [
      (size) => byBytes.maskInto(source, 3, 3 + size, bytes, 6, KEY),
      (size) => byWords.maskInto(source, 3, 3 + size, bytes, 6, KEY),
    ],
    "check ASCII: loop, platform": [(size) => loop(ascii, size), (size) => platform(ascii, size)],
    "check other text: loop, platform": [
      (size) => loop(mixed, size),
      (size) => platform(mixed, size),
    ],
  };
  const rows = [];
  for (const [name, [short, long]] of Object.entries(pairs)) {
    const cells = [name];
    let crossover;
    for (const size of SIZES) {
      const [a, b] = await measure([() => short(size) | 0, () => long(size) | 0], {
        ms: 15,
        samples: 3,
      });
      cells.push(`${(a * 1000).toFixed(0)}, ${(b * 1000).toFixed(0)}`);
      crossover = b < a ? (crossover ?? size) : undefined;
    }
    rows.push([...cells, crossover ?? "above"]);
  }
  console.log(
    `${heading("Leaves: CPU nanoseconds a call")}\n\n${table(["", ...SIZES.map((size) => `${size} B`), "crossover"], rows)}`,
  );
}
