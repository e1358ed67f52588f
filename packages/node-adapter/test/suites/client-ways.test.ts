import { test } from "vitest";
import { ways } from "../../../core/testing/client/ways.ts";
import * as adapter from "../../src/index.ts";

test.each(ways.map((way) => [way.name, way] as const))("%s", (_, way) => way.run(adapter));
