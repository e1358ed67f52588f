import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

// Packages resolve to their sources, so tests need no build.
const conditions = ["source", "module", "node", "import", "default"];

const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
};

export default defineConfig({
  test: {
    // Socket tests mostly wait: four files at a time, even where Vitest would run one.
    maxWorkers: Math.max(4, availableParallelism() - 1),
    testTimeout: 20_000,
    projects: [
      {
        ...shared,
        test: {
          name: "core",
          include: ["packages/core/test/**/*.test.ts"],
          // Core keeps nothing that one file could leave to the next, and modules are loaded once a worker: a third of the CPU.
          isolate: false,
          testTimeout: 20_000,
        },
      },
      {
        ...shared,
        test: {
          name: "real",
          include: [
            "packages/node-adapter/test/**/*.test.ts",
            "tools/test/**/*.test.ts",
            "{examples,benchmarks}/test/**/*.test.ts",
          ],
          testTimeout: 20_000,
        },
      },
      {
        ...shared,
        // Not a part of `npm test`, which names the other two.
        test: { name: "benchmarks", include: ["benchmarks/test/**/*.slow.ts"] },
      },
    ],
  },
});
