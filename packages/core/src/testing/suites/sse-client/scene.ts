/** A client of event streams and a real server of its own, as the suite of clients uses them. */
import type { EventSourceClient } from "../../../shell/sse/client/client.ts";
import type { EventSourceClientOptions } from "../../../shell/sse/client/options.ts";
import type { FetchLike } from "../../../shell/sse/client/request.ts";
import { equal, eventually } from "../../assertion.ts";

/** A request to the server: the part of `node:http`'s request that the tests use. */
export interface StreamRequest {
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** How it answers: the part of `node:http`'s response that the tests use. */
export interface StreamResponse {
  writeHead(status: number, headers?: Readonly<Record<string, string>>): unknown;
  /** `false` where so much waits that the writer should. */
  write(text: string): boolean;
  end(text?: string): unknown;
  destroy(): unknown;
  once(type: "close" | "drain", listener: () => void): unknown;
}

/** A server that listens. */
export interface StreamServer {
  readonly port: number;
  /** Stops listening and drops what is still connected. */
  stop(): Promise<void>;
}

/** The parts that an adapter's test supplies. */
export interface EventSourceClientHarness {
  readonly Client: new (url: string, options?: EventSourceClientOptions) => EventSourceClient;
  /** The runtime's own. */
  readonly fetch: FetchLike;
  /** Starts a server on 127.0.0.1. @param port 0: any */
  serve(
    answer: (request: StreamRequest, response: StreamResponse) => void,
    port?: number,
  ): Promise<StreamServer>;
}

/** One thing that a client must do. */
export interface EventSourceClientBehaviour {
  readonly name: string;
  run(harness: EventSourceClientHarness): Promise<void>;
}

export type Answer = (request: StreamRequest, response: StreamResponse) => void;

export const STREAM = { "Content-Type": "text/event-stream" };

/** A client, its server, and what it tells as it tells it. */
export class Scene {
  readonly log: string[] = [];
  readonly requests: StreamRequest[] = [];
  readonly url: string;
  readonly client: EventSourceClient;
  server: StreamServer;

  private constructor(
    { Client }: EventSourceClientHarness,
    server: StreamServer,
    requests: StreamRequest[],
    options: EventSourceClientOptions,
  ) {
    this.server = server;
    this.requests = requests;
    this.url = `http://127.0.0.1:${server.port}/events`;
    this.client = new Client(this.url, { reconnectDelay: 20, ...options });
    this.client
      .on("open", () => this.log.push("open"))
      .on("error", ({ code }) => this.log.push(code));
    this.client.on("message", ({ data, lastEventId }) => this.log.push(`${data} ${lastEventId}`));
  }

  /** Runs `work` with a client of `answer`, and cleans up. */
  static async with(
    harness: EventSourceClientHarness,
    answer: Answer,
    work: (scene: Scene) => Promise<void>,
    options: EventSourceClientOptions = {},
  ): Promise<void> {
    const requests: StreamRequest[] = [];
    const server = await harness.serve((request, response) => {
      requests.push(request);
      answer(request, response);
    });
    const scene = new Scene(harness, server, requests, options);
    try {
      await work(scene);
    } finally {
      scene.client.close();
      await scene.server.stop();
    }
  }

  until(...expected: string[]): Promise<void> {
    return eventually(() => this.log.join() === expected.join(), expected.join()).catch(() => {
      equal(this.log, expected, "what was told");
    });
  }
}

/** Answers with `texts` in turn, one each request, and keeps the last stream open. */
export const inTurn =
  (...texts: string[]): Answer =>
  (_, response) => {
    response.writeHead(200, STREAM);
    const text = texts.shift() ?? "";
    if (texts.length === 0) response.write(text || ":\n");
    else response.end(text);
  };
