import type { NodeModules } from "./node-modules.ts";

/** Warns of an error that has been answered: it must be visible, and must not end the process. */
export function warn(layer: Pick<NodeModules, "emitWarning">, error: unknown): void {
  layer.emitWarning(
    error instanceof Error ? (error.stack ?? error.message) : String(error),
    "SansocketWarning",
  );
}
