import { test } from "vitest";
import { webPlatform } from "../../../core/testing/client/web-platform.ts";
import * as adapter from "../../src/index.ts";

test.each(webPlatform.map((row) => [row.name, row] as const))("%s", (_, row) => row.run(adapter));
