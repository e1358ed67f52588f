/** A world for a client: servers that are functions, and a clock wound by hand. */
import { EventSourceClient } from "../../../../src/shell/sse/client/client.ts";
import type {
  EventSourceClientHost,
  EventSourceClientOptions,
} from "../../../../src/shell/sse/client/options.ts";
import { createTestPlatform } from "../../../../src/testing/platform.ts";

export const URL_GIVEN = "http://a.example/events";
const encoder = new TextEncoder();

/** One request that was made, and the stream that answers it. */
export class Exchange {
  readonly url: string;
  readonly init: RequestInit;
  private settle!: { resolve(response: Response): void; reject(reason: unknown): void };
  readonly response: Promise<Response>;
  private controller!: ReadableStreamDefaultController<Uint8Array>;

  constructor(url: string, init: RequestInit) {
    this.url = url;
    this.init = init;
    this.response = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    // As the runtimes' own do.
    init.signal!.addEventListener("abort", () => {
      this.fail(init.signal!.reason);
    });
  }

  get headers(): Record<string, string> {
    return Object.fromEntries(this.init.headers as Headers);
  }

  get aborted(): boolean {
    return this.init.signal!.aborted;
  }

  respond(init: ResponseInit = {}, url = ""): this {
    const body =
      init.status === 204
        ? null
        : new ReadableStream<Uint8Array>({
            start: (controller) => {
              this.controller = controller;
            },
          });
    const response = new Response(body, {
      headers: { "Content-Type": "text/event-stream" },
      ...init,
    });
    Object.defineProperty(response, "url", { value: url });
    this.settle.resolve(response);
    return this;
  }

  send(text: string): this {
    this.controller.enqueue(encoder.encode(text));
    return this;
  }

  end(): void {
    this.controller.close();
  }

  fail(reason: unknown): void {
    this.settle.reject(reason);
    try {
      this.controller?.error(reason);
    } catch {
      // It has ended.
    }
  }
}

export class World {
  readonly exchanges: Exchange[] = [];
  /** Timers that run, in the order they were set. */
  readonly timers: { callback: () => void; milliseconds: number }[] = [];
  readonly host: EventSourceClientHost = {
    platform: createTestPlatform(),
    fetch: (url, init) => {
      const exchange = new Exchange(url, init);
      this.exchanges.push(exchange);
      return exchange.response;
    },
    setTimeout: (callback, milliseconds) => {
      const timer = { callback, milliseconds };
      this.timers.push(timer);
      return timer;
    },
    clearTimeout: (handle) => {
      this.timers.splice(this.timers.indexOf(handle as (typeof this.timers)[number]), 1);
    },
  };

  client(options?: EventSourceClientOptions, url: string | URL = URL_GIVEN): EventSourceClient {
    return new EventSourceClient(this.host, url, options);
  }

  /** Lets what is under way happen, and gives the last exchange. */
  async settled(): Promise<Exchange> {
    await new Promise(setImmediate);
    return this.exchanges.at(-1)!;
  }

  /** A client whose stream is open. */
  async open(
    options?: EventSourceClientOptions,
  ): Promise<{ client: EventSourceClient; exchange: Exchange }> {
    const client = this.client(options);
    const exchange = (await this.settled()).respond();
    await this.settled();
    return { client, exchange };
  }

  /** The timer is due. */
  async wind(): Promise<Exchange> {
    this.timers.shift()!.callback();
    return this.settled();
  }
}
