import test from "node:test";
import { socketCases } from "../../core/testing/server/sockets.ts";
import * as adapter from "../src/index.ts";

for (const { name, run } of socketCases) test(name, { timeout: 30_000 }, () => run(adapter));
