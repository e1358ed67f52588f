import { defineConfig } from "tsup";

export default defineConfig({
  entry: { index: "src/index.ts", ws: "src/ws.ts" },
  format: ["esm", "cjs"],
  target: "node20",
  platform: "node",
  // The bridge behind `serve()`: docs/decisions/0005-fetch-bridge.md.
  noExternal: ["srvx"],
  removeNodeProtocol: false,
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
  dts: true,
  sourcemap: true,
  clean: true,
});
