import type { Behaviour } from "../../behaviour.ts";
import type { PublicSocket, Harness, ServeOptions } from "../harness.ts";
import { type Line, onClient, onServer } from "../../wire/line.ts";

/** Opens a line to the library's end of either role, uses it, and clears up. */
export type OpenLine = (
  use: (line: Line) => Promise<void>,
  setup?: (socket: PublicSocket) => void,
  options?: ServeOptions,
) => Promise<void>;

/** One behaviour for each role of the library's end. */
export function roles(
  name: string,
  run: (on: OpenLine, harness: Harness) => Promise<void>,
): readonly Behaviour[] {
  return [
    {
      name: `${name} (as server)`,
      run: (harness) =>
        run((use, setup, options) => onServer(harness, use, setup, options), harness),
    },
    {
      name: `${name} (as client)`,
      run: (harness) =>
        run((use, setup, options) => onClient(harness, use, setup, options), harness),
    },
  ];
}
