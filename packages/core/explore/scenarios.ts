/** The scenarios that are explored, and how far: in a test, and by `npm run explore`. */
import { ONCE, type Scenario } from "./world.ts";

/** A scenario with its depths. */
export interface Plan {
  readonly scenario: Scenario;
  /** In `npm test`. */
  readonly short: number;
  /** By `npm run explore`. */
  readonly full: number;
}

const NOTHING = { cut: 0, text: 0, ping: 0, close: 0, pause: 0, terminate: 0, lose: 0 };

export const plans: readonly Plan[] = [
  {
    scenario: { name: "opening, everything", opened: false, keepalive: false, budget: ONCE },
    short: 4,
    full: 6,
  },
  {
    scenario: { name: "open, everything", opened: true, keepalive: false, budget: ONCE },
    short: 3,
    full: 5,
  },
  {
    scenario: {
      name: "open, two messages each and a close",
      opened: true,
      keepalive: false,
      budget: { ...NOTHING, text: 2, close: 1 },
    },
    short: 6,
    full: 24,
  },
  {
    scenario: {
      name: "open, closing while the link is cut and lost",
      opened: true,
      keepalive: false,
      budget: { ...NOTHING, text: 1, close: 1, cut: 2, lose: 1 },
    },
    short: 4,
    full: 12,
  },
  {
    scenario: {
      name: "open, keepalive",
      opened: true,
      keepalive: true,
      budget: { ...NOTHING, text: 1, close: 1, pause: 1, lose: 1 },
    },
    short: 3,
    full: 5,
  },
];
