import { harnessesOf } from "../../core/testing/harness/harnesses.ts";
import * as adapter from "../src/index.ts";
import { mend } from "../src/tls-reading.ts";

export const harnesses = harnessesOf(adapter, { most: 500, some: 100, few: 25 }, { mend });
