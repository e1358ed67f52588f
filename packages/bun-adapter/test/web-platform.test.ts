import test from "node:test";
import { webPlatform } from "../../core/testing/client/web-platform.ts";
import * as adapter from "../src/index.ts";

for (const { name, run } of webPlatform) test(name, { timeout: 30_000 }, () => run(adapter));
