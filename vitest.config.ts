import { defineConfig } from "vitest/config";

// Packages resolve to their sources, so tests need no build.
const conditions = ["source", "module", "node", "import", "default"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ["packages/{core,node-adapter}/test/**/*.test.ts", "tools/test/**/*.test.ts", "{examples,benchmarks}/test/**/*.test.ts"],
    testTimeout: 20_000,
  },
});
