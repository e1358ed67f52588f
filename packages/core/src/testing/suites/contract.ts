/**
 * The contract suite: what every adapter must do, over real sockets (TCP and TLS, upgraded and
 * listened for), in every runtime. No test framework is needed to run it.
 */
import type { Behaviour } from "../behaviour.ts";
import { closing } from "./contract/closing.ts";
import { crowd } from "./contract/crowd.ts";
import { echoing } from "./contract/echo.ts";
import { promises } from "./contract/promises.ts";
import { opening } from "./contract/opening.ts";
import { limits, pressure } from "./contract/pressure.ts";
import { within } from "./contract/within.ts";

/** Every behaviour, in the order in which a reader would ask for them. */
export const contract: readonly Behaviour[] = [
  ...opening,
  ...echoing,
  ...closing,
  ...within,
  ...pressure,
  ...limits,
  ...promises,
  ...crowd,
];
