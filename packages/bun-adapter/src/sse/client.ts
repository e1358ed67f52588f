import {
  EventSourceClient as CoreEventSourceClient,
  type EventSourceClientHost,
  type EventSourceClientOptions,
} from "@sansocket/core/shell";
import { bunPlatform } from "../platform.ts";
import { bunRuntime } from "../runtime.ts";

/** Bun's `fetch` and timers, looked up when they are used: whoever replaces the global one is heard. */
const host: EventSourceClientHost = {
  platform: bunPlatform,
  get name() {
    return bunRuntime.name!;
  },
  get record() {
    return bunRuntime.record;
  },
  fetch: (url, init) => fetch(url, init),
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimeout: (handle) => {
    clearTimeout(handle as ReturnType<typeof setTimeout>);
  },
};

/** A client of server-sent events, on Bun's `fetch`. It keeps the process alive until it is closed. */
export class EventSourceClient extends CoreEventSourceClient {
  /**
   * Connects at once.
   * @throws {SyntaxError} (a `DOMException`) for what is no absolute URL. @throws {TypeError} for header fields that cannot be sent.
   * @throws {UsageError} for a time or limit that is out of range.
   */
  constructor(url: string | URL, options?: EventSourceClientOptions) {
    super(host, url, options);
  }
}
