import { defineConfig, type Options } from "tsup";

const both: Options = {
  target: "node20",
  platform: "node",
  // The bridge behind `serve()`: docs/decisions/0005-fetch-bridge.md.
  noExternal: ["srvx"],
  removeNodeProtocol: false,
  splitting: true,
  esbuildPlugins: [
    {
      // srvx imports `node:http2` for a server that is not bundled. The import alone would cost 15 ms and 1.8 MB.
      name: "unused-builtins",
      setup(build) {
        build.onResolve({ filter: /^node:/ }, ({ path }) => ({
          path,
          external: true,
          sideEffects: false,
        }));
      },
    },
  ],
  sourcemap: true,
  // Two builds write into one folder: the script `build` empties it.
  clean: false,
};

export default defineConfig([
  { ...both, entry: { index: "src/index.ts", ws: "src/ws.ts" }, format: ["esm"], dts: true },
  // By Rollup, as the core's. Types of what is required: cjs/index.d.cts.
  {
    ...both,
    entry: { commonjs: "src/commonjs.ts", ws: "src/ws.ts" },
    format: ["cjs"],
    dts: { entry: { index: "src/index.ts", ws: "src/ws.ts" } },
    treeshake: true,
  },
]);
