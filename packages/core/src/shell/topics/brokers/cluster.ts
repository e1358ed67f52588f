import { Buffer } from "node:buffer";
import { checkOptions } from "../../../names.ts";
import { matches } from "../../../topics/name.ts";
import { Subscriptions } from "../../../topics/subscriptions.ts";
import { UsageError } from "../../../violation.ts";
import type { Backplane, BackplaneListener } from "./backplane.ts";

/** A message between a primary and its workers: plain data, for every serialization of a cluster. */
interface ClusterMessage {
  /** The name of the backplane. */
  readonly sansocket: string;
  readonly kind: "publish" | "subscribe" | "unsubscribe";
  readonly topic: string;
  /** The bytes in base64. */
  readonly bytes?: string;
}

/** The part of a worker that its primary uses. */
export interface ClusterWorkerLike {
  send(message: unknown, callback?: (error: Error | null) => void): unknown;
  isConnected?(): boolean;
}

/** The part of `node:cluster` that the library uses. */
export interface ClusterLike {
  readonly isWorker: boolean;
  on(event: "message", listener: (worker: ClusterWorkerLike, message: unknown) => void): unknown;
  on(event: "disconnect" | "exit", listener: (worker: ClusterWorkerLike) => void): unknown;
}

/** The part of a worker's own `process` that the library uses. */
export interface ClusterProcessLike {
  send?(message: unknown, callback?: (error: Error | null) => void): unknown;
  on(event: "message", listener: (message: unknown) => void): unknown;
  on(event: "disconnect", listener: () => void): unknown;
  off(event: "disconnect", listener: () => void): unknown;
}

/** The part of a `BroadcastChannel` that the library uses. */
export interface BroadcastChannelLike {
  postMessage(message: unknown): void;
  onmessage: ((event: never) => void) | null;
  close(): void;
  unref?(): unknown;
}

/** The parts of a runtime that join processes and threads of one machine. */
export interface ClusterParts {
  readonly cluster: ClusterLike | undefined;
  readonly process: ClusterProcessLike | undefined;
  readonly isMainThread: boolean;
  readonly BroadcastChannel: (new (name: string) => BroadcastChannelLike) | undefined;
}

type Interests = Map<BackplaneListener, string>;

/** A path to others: of a worker to its primary, of a primary to its workers, of a thread to the others. */
interface Path {
  publish(topic: string, bytes: Uint8Array): unknown;
  /** This process has a listener, or has no more. */
  listen?(isWanted: boolean): void;
  subscribe?(pattern: string): void;
  unsubscribe?(pattern: string): void;
}

/** Makes `clusterBackplane` for a runtime. */
export function clusterBackplaneFor(
  parts: () => ClusterParts,
): (options?: { readonly name?: string }) => Backplane {
  return (options = {}) => {
    checkOptions("clusterBackplane", options, ["name"]);
    return new ClusterBackplane(parts(), options.name ?? "sansocket");
  };
}

class ClusterBackplane implements Backplane {
  private readonly interests: Interests = new Map();
  private readonly paths: Path[] = [];
  private readonly parts: ClusterParts;

  constructor(parts: ClusterParts, name: string) {
    const { cluster, process, isMainThread, BroadcastChannel } = parts;
    this.parts = parts;
    if (isMainThread && cluster?.isWorker === true && process?.send !== undefined)
      this.paths.push(this.toPrimary(process as Required<ClusterProcessLike>, name));
    else if (isMainThread && cluster !== undefined) this.paths.push(this.toWorkers(cluster, name));
    if (BroadcastChannel !== undefined)
      this.paths.push(this.toThreads(() => new BroadcastChannel(name)));
    if (this.paths.length === 0)
      throw new UsageError(
        "clusterBackplane: this runtime has neither node:cluster nor BroadcastChannel",
      );
  }

  publish(topic: string, bytes: Uint8Array): unknown {
    return this.pass(topic, bytes, undefined);
  }

  subscribe(pattern: string, listener: BackplaneListener): () => void {
    // The same listener may be passed for several patterns.
    const own: BackplaneListener = (topic, bytes) => {
      listener(topic, bytes);
    };
    const isFirst = !this.isWanted(pattern);
    if (this.interests.size === 0) for (const path of this.paths) path.listen?.(true);
    this.interests.set(own, pattern);
    if (isFirst) for (const path of this.paths) path.subscribe?.(pattern);
    return () => {
      if (!this.interests.delete(own)) return;
      if (this.interests.size === 0) for (const path of this.paths) path.listen?.(false);
      if (this.isWanted(pattern)) return;
      for (const path of this.paths) path.unsubscribe?.(pattern);
    };
  }

  watch(listener: (isConnected: boolean) => void): () => void {
    const { cluster, process } = this.parts;
    if (cluster?.isWorker !== true || process === undefined) return () => {};
    const gone = (): void => {
      listener(false);
    };
    process.on("disconnect", gone);
    return () => {
      process.off("disconnect", gone);
    };
  }

  private isWanted(pattern: string): boolean {
    for (const wanted of this.interests.values()) if (wanted === pattern) return true;
    return false;
  }

  /** Sends a message on every path except the one it came by. */
  private pass(topic: string, bytes: Uint8Array, from: Path | undefined): unknown {
    const sent = this.paths.map((path) => (path === from ? undefined : path.publish(topic, bytes)));
    return sent.find((one) => one instanceof Promise);
  }

  private receive(topic: string, bytes: Uint8Array, from: Path): void {
    for (const [listener, pattern] of [...this.interests])
      if (matches(pattern, topic)) listener(topic, bytes);
    this.pass(topic, bytes, from);
  }

  private toPrimary(process: Required<ClusterProcessLike>, name: string): Path {
    const send = (message: Omit<ClusterMessage, "sansocket">): Promise<void> =>
      new Promise((resolve, reject) => {
        process.send({ sansocket: name, ...message }, (error) => {
          if (error) reject(error);
          else resolve();
        });
      });
    const path: Path = {
      publish: (topic, bytes) => send({ kind: "publish", topic, bytes: toText(bytes) }),
      subscribe: (topic) => void send({ kind: "subscribe", topic }).catch(() => {}),
      unsubscribe: (topic) => void send({ kind: "unsubscribe", topic }).catch(() => {}),
    };
    process.on("message", (given) => {
      const message = readMessage(given, name);
      if (message?.kind === "publish")
        this.receive(message.topic, toBytes(message.bytes ?? ""), path);
    });
    return path;
  }

  /** Makes a primary's path: each worker gets the messages it wants, each once. */
  private toWorkers(cluster: ClusterLike, name: string): Path {
    const table = new Subscriptions<ClusterWorkerLike>({ wanted() {}, unwanted() {} });
    const relay = (topic: string, bytes: string, from: ClusterWorkerLike | undefined): void => {
      const message: ClusterMessage = { sansocket: name, kind: "publish", topic, bytes };
      for (const worker of table.receivers(topic))
        if (worker !== from && worker.isConnected?.() !== false) worker.send(message, () => {});
    };
    const path: Path = {
      publish: (topic, bytes) => {
        relay(topic, toText(bytes), undefined);
      },
    };
    const gone = (worker: ClusterWorkerLike): void => void table.removeAll(worker);
    cluster.on("disconnect", gone);
    cluster.on("exit", gone);
    cluster.on("message", (worker, given) => {
      const message = readMessage(given, name);
      if (message?.kind === "subscribe") table.add(worker, message.topic);
      else if (message?.kind === "unsubscribe") table.remove(worker, message.topic);
      else if (message?.bytes !== undefined) {
        relay(message.topic, message.bytes, worker);
        this.receive(message.topic, toBytes(message.bytes), path);
      }
    });
    return path;
  }

  /** Makes the path between threads: each gets all messages, and takes the ones it wants. */
  private toThreads(open: () => BroadcastChannelLike): Path {
    let channel: BroadcastChannelLike | undefined;
    const path: Path = {
      publish: (topic, bytes) => {
        channel?.postMessage({ topic, bytes });
      },
      listen: (isWanted) => {
        if (!isWanted) channel?.close();
        channel = isWanted ? open() : undefined;
        if (channel === undefined) return;
        channel.onmessage = ({ data }: { data: { topic?: unknown; bytes?: unknown } }) => {
          const { topic, bytes } = data;
          if (typeof topic === "string" && bytes instanceof Uint8Array)
            this.receive(topic, bytes, path);
        };
        // The channel does not keep the process alive: the sockets do.
        channel.unref?.();
      },
    };
    return path;
  }
}

function readMessage(given: unknown, name: string): ClusterMessage | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  const message = given as Partial<ClusterMessage>;
  if (message.sansocket !== name || typeof message.topic !== "string") return undefined;
  return message as ClusterMessage;
}

const toText = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString("base64");

const toBytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"));
