import {
  EventSourceClient as CoreEventSourceClient,
  type EventSourceClientHost,
  type EventSourceClientOptions,
} from "@sansocket/core/shell";
import { denoPlatform } from "../platform.ts";
import { denoRuntime } from "../runtime.ts";

/** Deno's `fetch` and timers, looked up when they are used: whoever replaces the global one is heard. */
const host: EventSourceClientHost = {
  platform: denoPlatform,
  get name() {
    return denoRuntime.name!;
  },
  get record() {
    return denoRuntime.record;
  },
  fetch: (url, init) => fetch(url, init),
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimeout: (handle) => {
    clearTimeout(handle as ReturnType<typeof setTimeout>);
  },
};

/** A client of server-sent events, on Deno's `fetch`. It keeps the process alive until it is closed. */
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
