import type { Harness } from "./suites/harness.ts";

/** Something every adapter must do, as a test that any runner can run: it passed unless `run` rejects. */
export interface Behaviour {
  readonly name: string;
  run(harness: Harness): Promise<void>;
}
