import { defineConfig } from "tsup";

const entries = {
  index: "src/index.ts",
  "shell/index": "src/shell/index.ts",
  "node-compat/index": "src/node-compat/index.ts",
  "public/index": "src/public/index.ts",
  "shell/ws/index": "src/shell/ws/index.ts",
  "testing/index": "src/testing/index.ts",
  "trace/index": "src/trace/index.ts",
  "lint/index": "src/lint/index.ts",
};

export default defineConfig({
  // Nobody imports `parts/sockets`: what it needs stands in chunks of its own, which CommonJS loads without topics and event streams (`npm run bench:load`).
  entry: { ...entries, "parts/sockets": "src/shell/server/acceptor.ts" },
  format: ["esm", "cjs"],
  target: "node20",
  platform: "neutral",
  external: [/^node:/],
  // The shell is imperative: its types need what the core does without.
  dts: {
    entry: entries,
    compilerOptions: { lib: ["ES2022", "DOM", "DOM.Iterable"], types: ["node"] },
  },
  // One copy of each module, whichever entry it is reached by: classes are compared, and the slab is one a process.
  splitting: true,
  // By Rollup, whose CommonJS is the same code. Without it tsup has sucrase make that of the chunks, which takes class fields, `?.` and `??`
  // apart: classes lose their names, and `require` costs a tenth of the throughput (64 messages of 32 bytes in flight).
  treeshake: true,
  sourcemap: true,
  clean: true,
});
