import type { NodeModules } from "./node-modules.ts";

/** Tells of an error that is answered already: it must be seen, and is no reason to end the process. */
export function warn(layer: Pick<NodeModules, "emitWarning">, error: unknown): void {
  layer.emitWarning(
    error instanceof Error ? (error.stack ?? error.message) : String(error),
    "SansocketWarning",
  );
}
