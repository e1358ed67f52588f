/** The viewer of connections that still talk. It is built beside the command, for the demo, and is no entry of the package. */
import { LiveLint } from "@sansocket/core/lint";
import type { TraceSink } from "@sansocket/core/trace";
import { nodeLintTools } from "../lint/tools.ts";
import { type Page, pageOf } from "./page.ts";

/** Larger than any message of people who look: a payload that is cut costs the message. */
const MAX_PAYLOAD = 16_777_216;

/** A sink for `record`, and the page that shows its connections while they talk. */
export interface Viewer {
  readonly record: TraceSink;
  readonly page: Page;
}

/** Makes a viewer. Pages of the same origin may show it in a frame. */
export function createViewer(name: string): Viewer {
  const live = new LiveLint(nodeLintTools, { maxPayload: MAX_PAYLOAD });
  const listeners = new Set<() => void>();
  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  return {
    record: {
      settings: live.settings,
      begin: (connection, head) => {
        live.begin(connection, head);
        changed();
      },
      write: (connection, lines) => {
        live.write(connection, lines);
        changed();
      },
      end: (connection) => {
        live.end(connection);
        changed();
      },
    },
    page: pageOf(
      {
        name,
        report: () => live.report(),
        watch: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
      "'self'",
    ),
  };
}
