import { defineConfig } from "tsup";

/** The command `sansocket`: beside the library, which loads nothing of it. Its dependencies are bundled: docs/decisions/0014-command-line.md. */
export default defineConfig({
  // The viewer is the demo's, too: it finds the file beside the command.
  entry: { main: "src/cli/main.ts", viewer: "src/cli/view/viewer.ts" },
  outDir: "dist/cli",
  // The files of the page that `view` serves.
  publicDir: "src/cli/view/public",
  format: ["esm"],
  target: "node20",
  platform: "node",
  noExternal: ["srvx", "proxy-from-env", "https-proxy-agent", "hpack.js"],
  removeNodeProtocol: false,
  // Some of what is bundled is CommonJS and requires Node's modules.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
  splitting: true,
  dts: false,
  sourcemap: false,
  clean: false,
});
