import type { EventSourceError } from "../../../src/sse/client/error.ts";
import {
  EventStreamClient,
  type EventStreamClientActions,
} from "../../../src/sse/client/client.ts";
import type { EventStreamClientOptions } from "../../../src/sse/client/options.ts";
import { createTestPlatform } from "../../../src/testing/platform.ts";

export type Entry = readonly [name: string, ...args: unknown[]];

/** A client, the log of its requests and events, and a hook by which a test reacts to each. */
export class Story {
  readonly log: Entry[] = [];
  readonly client: EventStreamClient;
  /** Called after each entry. */
  react: (entry: Entry) => void = () => {};

  constructor(options?: Partial<EventStreamClientOptions>, { comments = false, chance = 0 } = {}) {
    const note = (...entry: Entry): void => {
      this.log.push(entry);
      this.react(entry);
    };
    const actions: EventStreamClientActions = {
      request: (id) => {
        note("request", id);
      },
      abandonRequest: () => {
        note("abandonRequest");
      },
      setTimer: (timer, milliseconds) => {
        note("setTimer", timer, milliseconds);
      },
      clearTimer: (timer) => {
        note("clearTimer", timer);
      },
      onOpen: () => {
        note("onOpen");
      },
      onEvent: (type, data, id) => {
        note("onEvent", type, data, id);
      },
      onError: (error: EventSourceError) => {
        note("onError", error.code, this.client.state);
      },
    };
    if (comments)
      actions.onComment = (text) => {
        note("onComment", text);
      };
    const platform = {
      ...createTestPlatform(),
      randomFill: (bytes: Uint8Array) => {
        bytes.fill(chance);
      },
    };
    this.client = new EventStreamClient(actions, platform, options);
  }

  take(): Entry[] {
    return this.log.splice(0);
  }

  respond(status = 200, contentType: string | null = "text/event-stream"): void {
    this.client.receiveResponse({ status, contentType });
  }

  send(text: string): void {
    this.client.receive(new TextEncoder().encode(text));
  }

  /** Connects, and is answered. */
  open(): this {
    this.client.connect();
    this.respond();
    this.take();
    return this;
  }
}
