import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

// Packages resolve to their sources, so tests need no build.
const conditions = ["source", "module", "node", "import", "default"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: [
      "packages/{core,node-adapter}/test/**/*.test.ts",
      "tools/test/**/*.test.ts",
      "{examples,benchmarks}/test/**/*.test.ts",
    ],
    // Socket tests mostly wait: three files at a time, even where Vitest would run one.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    testTimeout: 20_000,
  },
});
