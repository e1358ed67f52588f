import test from "node:test";
import { ways } from "../../core/testing/client/ways.ts";
import * as adapter from "../src/index.ts";

for (const way of ways) test(way.name, { timeout: 30_000 }, () => way.run(adapter));
