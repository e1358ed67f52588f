// Nitro with WebSockets of this library: npx nitro build && PORT=8080 node .output/server/index.mjs
import { defineConfig } from "nitro";

export default defineConfig({
  preset: "node-server",
  entry: "./entry.mjs", // in place of the preset's own; Nitro takes a file named server.mjs for something else
  serverDir: ".",
});
