import { harnessesOf } from "../../../core/testing/harness/harnesses.ts";
import * as adapter from "../../src/index.ts";

/** How many servers, sockets and timers keep this process alive. */
function heldByNode(): number {
  const counted = /^(TCP|TLS|HTTP|Pipe|Timeout|GetAddrInfo)/;
  return process.getActiveResourcesInfo().filter((name) => counted.test(name)).length;
}

export const harnesses = harnessesOf(
  adapter,
  { most: 1000, some: 200, few: 50 },
  { held: heldByNode },
);
