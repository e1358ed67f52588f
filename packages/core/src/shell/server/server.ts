import { encodeClosePayload } from "../../close-code.ts";
import { checkNames } from "../../names.ts";
import { UsageError } from "../../violation.ts";
import type { BudgetCounters } from "./budget.ts";
import type { Clients, ServedSocket } from "./clients.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { Topic } from "../topics/topic.ts";
import { type PublishOptions, Topics } from "../topics/topics.ts";

/** A listener of a runtime, which an adapter brings to a {@link Server}. It decides nothing. */
export interface Listener {
  /** Resolves with the address it listens on, or rejects if it cannot. */
  readonly listening: Promise<Address>;
  /** Accepts no more connections. Resolves when every connection it has accepted is gone. */
  close(): Promise<void>;
  /** Drops all remaining connections, also those that are not WebSockets. */
  destroy(): void;
}

/** Where a server listens: `port` and `hostname`, or the `path` of a Unix socket. */
export interface Address {
  readonly hostname: string;
  /** 0 for a Unix socket. */
  readonly port: number;
  readonly path?: string | undefined;
}

/** How to stop a server. */
export interface StopOptions {
  /** Drops everything at once, in place of closing handshakes. @defaultValue false */
  readonly force?: boolean;
  /**
   * How long the closing handshakes may take, in milliseconds, before the server drops the remaining connections.
   * @defaultValue 5000: half the time that container runtimes commonly give before they kill
   */
  readonly timeout?: number;
  /**
   * The close code to send: 1000 to 1003, 1007 to 1014, or 3000 to 4999. A server that restarts at once may send 1012.
   * @defaultValue 1001: the server is going away
   */
  readonly code?: number;
  /** The close reason, at most 123 bytes of UTF-8. @defaultValue `The server is going away`; empty where `code` is another */
  readonly reason?: string;
  /**
   * The time over which the server closes its sockets, in milliseconds, so that clients do not return all at once. {@link timeout} begins after the last.
   * @defaultValue 0: all at once
   */
  readonly spread?: number;
}

/** The interval at which a stopping server closes some of its sockets, in milliseconds. */
const STEP = 20;

/** Checks the options of {@link Server.stop}. @throws {UsageError} */
function readStop(options: StopOptions, runtime: Runtime): Required<StopOptions> {
  if (typeof options !== "object" || options === null)
    throw new UsageError(
      `stop: expected { code, reason, spread, timeout, force }, got ${String(options)}`,
    );
  checkNames("stop", options, ["force", "timeout", "code", "reason", "spread"]);
  const {
    force = false,
    timeout = 5000,
    code = 1001,
    reason = code === 1001 ? "The server is going away" : "",
    spread = 0,
  } = options;
  for (const [name, value] of Object.entries({ timeout, spread }))
    if (typeof value !== "number" || !(value >= 0 && value <= 0x7fffffff))
      throw new UsageError(`stop: ${name} is in milliseconds, got ${String(value)}`);
  if (options.code !== undefined || options.reason !== undefined)
    encodeClosePayload(runtime.platform, code, reason);
  return { force, timeout, code, reason, spread };
}

/** The address that the options ask for, known before the server listens. */
interface Requested extends Address {
  readonly budget: BudgetCounters;
  readonly secure: boolean;
  /** The only path that opens a WebSocket. @defaultValue `/` */
  readonly target?: string | undefined;
  /** The topics of its sockets. @defaultValue topics of its own */
  readonly topics?: Topics | undefined;
}

/** A server of WebSockets, whatever runtime it listens on. */
export class Server<S extends ServedSocket, Data = string | Uint8Array> {
  /** Resolves when the server listens; rejects with a {@link ListenError} when it cannot. */
  readonly ready: Promise<void>;
  /** The open sockets: `clients.size`, `for (const socket of clients)`. */
  readonly clients: Clients<S, Data>;
  /** The topics of its sockets: the option `topics`, or topics of its own. */
  readonly topics: Topics;
  /** How much of the option `budget` all connections take now, and how often a limit applied. */
  readonly budget: BudgetCounters;
  private readonly listener: Listener;
  private readonly runtime: Runtime;
  private readonly secure: boolean;
  private readonly target: string;
  private listens = false;
  private address: Address;
  private stopping: Promise<void> | undefined;

  constructor(
    listener: Listener,
    clients: Clients<S, Data>,
    runtime: Runtime,
    requested: Requested,
  ) {
    this.listener = listener;
    this.clients = clients;
    this.runtime = runtime;
    this.budget = requested.budget;
    this.secure = requested.secure;
    this.target = requested.target ?? "/";
    this.topics = requested.topics ?? new Topics(runtime);
    this.address = requested;
    this.ready = listener.listening.then(
      (address) => {
        this.address = address;
        this.listens = true;
      },
      (cause: unknown) => {
        throw new ListenError(requested, cause);
      },
    );
  }

  /** The port. With port 0, the port that the system chose: known once {@link ready}. */
  get port(): number {
    return this.address.port;
  }

  /** The host name or address of the options. */
  get hostname(): string {
    return this.address.hostname;
  }

  /**
   * The URL for clients: `ws://localhost:8080/chat`, with the option `path`; or `ws+unix:` and the socket's path.
   * @throws {UsageError} before the server listens: `await server.ready`.
   */
  get url(): string {
    if (!this.listens)
      throw new UsageError("server.url: the server does not listen yet; await server.ready first");
    const { hostname, port, path } = this.address;
    const scheme = this.secure ? "wss" : "ws";
    if (path !== undefined)
      return `${scheme}+unix:${path}${this.target === "/" ? "" : `:${this.target}`}`;
    return `${scheme}://${reachable(hostname)}:${port}${this.target}`;
  }

  /** Sends a message to all subscribers of a topic. @see Topics.publish */
  publish(topic: string, data: unknown, options?: PublishOptions): number {
    return this.topics.publish(topic, data, options);
  }

  /** One topic: `server.topic("room/42").size`. */
  topic(name: string): Topic {
    return new Topic(this.topics, name);
  }

  /**
   * Stops the server: it accepts no more connections, closes every socket with 1001 (going away), and resolves when all are gone. It drops the
   * connections that are left after `timeout`. Call it again with `force` to hurry.
   */
  stop(options: StopOptions = {}): Promise<void> {
    const read = readStop(options, this.runtime);
    if (read.force) this.drop();
    return (this.stopping ??= this.closeConnections(read));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  private async closeConnections({
    force,
    timeout,
    code,
    reason,
    spread,
  }: Required<StopOptions>): Promise<void> {
    // First of all: a listener that does not listen yet cannot be closed, and one that failed has nothing to close.
    const listens = await this.ready.then(
      () => true,
      () => false,
    );
    if (!listens) return;
    const gone = Promise.all([this.listener.close(), this.clients.empty()]);
    if (force) this.drop();
    else if (spread === 0) this.clients.closeAll(code, reason);
    const end = spread === 0 || force ? undefined : this.closeOver(spread, code, reason);
    const timer = this.runtime.setTimeout(() => {
      this.drop();
    }, spread + timeout);
    try {
      await gone;
    } finally {
      end?.();
      this.runtime.clearTimeout(timer);
    }
  }

  /** Closes a part of the sockets at each step, the oldest first. @returns a function that ends this */
  private closeOver(spread: number, code: number, reason: string): () => void {
    const leaving = this.clients.leave();
    const steps = Math.max(1, Math.ceil(spread / STEP));
    let timer: unknown;
    let closed = 0;
    let step = 0;
    const closeSome = (): void => {
      step++;
      const until = Math.ceil((leaving.length * step) / steps);
      for (; closed < until; closed++) this.clients.closeOne(leaving[closed]!, code, reason);
      if (step < steps) timer = this.runtime.setTimeout(closeSome, spread / steps);
    };
    closeSome();
    return () => {
      this.runtime.clearTimeout(timer);
    };
  }

  private drop(): void {
    this.clients.terminateAll();
    this.listener.destroy();
  }
}

/** Why a server cannot listen, and what to do about it. `code` is the system's, `cause` its error. */
export class ListenError extends Error {
  override readonly name = "ListenError";
  readonly code: string;

  constructor({ hostname, port, path }: Address, cause: unknown) {
    const code = codeOf(cause);
    const place = path ?? (hostname === "" ? `Port ${port}` : `${hostname}:${port}`);
    super(
      explain(code, place, path !== undefined) ??
        `Cannot listen on ${place.replace(/^P/, "p")}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
    this.code = code;
  }
}

function codeOf(cause: unknown): string {
  const code =
    typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
  return typeof code === "string" ? code : "UNKNOWN";
}

function explain(code: string, place: string, isPath: boolean): string | undefined {
  switch (code) {
    case "EADDRINUSE":
      return `${place} is taken: stop what listens there, or ${isPath ? "remove the file if nothing does" : "choose another port (0 lets the system choose)"}.`;
    // Runtimes report this code for a missing folder, too.
    case "EACCES":
      return `${place} may not be listened on by this user: choose ${isPath ? "a path in a folder that is there, and that you may write" : "a port from 1024 up"}.`;
    case "EADDRNOTAVAIL":
      return `${place} is not an address of this machine: choose one that is, or 0.0.0.0 for all of them.`;
    case "ENOTFOUND":
      return `${place} is not a host name this machine knows: choose one it does, or an address.`;
    default:
      return undefined;
  }
}

/** Returns a host name to connect to: `localhost` if the server listens on all addresses; IPv6 in brackets. */
function reachable(hostname: string): string {
  if (hostname === "0.0.0.0" || hostname === "::" || hostname === "") return "localhost";
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}
