import { Buffer } from "node:buffer";
import { checkOptions } from "../../../names.ts";
import {
  type NatsConnectionLike,
  type NatsMessageLike,
  subjectOf,
  topicOf,
  watchNats,
} from "./nats.ts";
import type { StoredMessage, StoreLimits, TopicStore } from "./store.ts";

/** The part of a NATS connection to a server with JetStream that the library uses. */
export interface JetStreamConnectionLike extends NatsConnectionLike {
  request(
    subject: string,
    payload: Uint8Array,
    options: { readonly timeout: number },
  ): Promise<NatsMessageLike>;
}

/** Options of {@link natsHistory}. */
export interface NatsHistoryOptions {
  /** The beginning of the subjects and, in capitals, the stream's name: keeps applications apart. Letters and digits. @defaultValue "sansocket" */
  readonly prefix?: string | undefined;
  /** Where the server keeps the stream. @defaultValue "file": it survives a restart */
  readonly storage?: "file" | "memory" | undefined;
  /** The number of servers of a cluster that keep the stream. @defaultValue 1 */
  readonly replicas?: number | undefined;
}

/** How long the server may take to answer, in milliseconds. */
const TIMEOUT = 5000;

/** The API's code for an existing stream with another configuration. */
const IN_USE = 10_058;

interface StreamAnswer {
  readonly error?: { readonly err_code?: number; readonly description?: string };
  readonly created?: string;
  readonly state?: { readonly first_seq: number; readonly last_seq: number };
}

/**
 * Keeps histories in one stream of JetStream (nats-server 2.9 and newer), which it makes. The stream sends each message on with its number and that of the
 * one before it (`republish`), so that a process notices a gap. The application owns the connection.
 */
export function natsHistory(
  connection: JetStreamConnectionLike,
  options: NatsHistoryOptions = {},
): TopicStore {
  checkOptions("natsHistory", options, ["prefix", "storage", "replicas"]);
  const { prefix = "sansocket", storage = "file", replicas = 1 } = options;
  return new JetStreamHistory(connection, prefix, { storage, num_replicas: replicas });
}

class JetStreamHistory implements TopicStore {
  private readonly connection: JetStreamConnectionLike;
  private readonly name: string;
  private readonly kept: string;
  private readonly live: string;
  private readonly settings: object;
  private limits: StoreLimits = { size: 100, seconds: 300 };
  /** The time when the stream was made: the numbers of another stream begin anew. */
  private era = 0;

  constructor(connection: JetStreamConnectionLike, prefix: string, settings: object) {
    this.connection = connection;
    this.name = prefix.toUpperCase();
    this.kept = `${prefix}-kept`;
    this.live = `${prefix}-live`;
    this.settings = settings;
  }

  async open(limits: StoreLimits): Promise<void> {
    this.limits = limits;
    const config = {
      name: this.name,
      subjects: [`${this.kept}.>`],
      retention: "limits",
      discard: "old",
      // One more than the limit: if that many come, more may be missing.
      max_msgs_per_subject: limits.size + 1,
      max_age: limits.seconds * 1e9,
      republish: { src: `${this.kept}.>`, dest: `${this.live}.>` },
      allow_direct: true,
      ...this.settings,
    };
    let answer = await this.ask<StreamAnswer>(`STREAM.CREATE.${this.name}`, config);
    if (answer.error?.err_code === IN_USE)
      answer = await this.ask<StreamAnswer>(`STREAM.UPDATE.${this.name}`, config);
    if (answer.created === undefined)
      throw new Error(`natsHistory: ${answer.error?.description ?? "no answer of JetStream"}`);
    this.era = Date.parse(answer.created);
  }

  async append(topic: string, bytes: Uint8Array): Promise<void> {
    const subject = subjectOf(this.kept, topic);
    const { data } = await this.connection.request(subject, bytes, { timeout: TIMEOUT });
    const { error, seq } = JSON.parse(textOf(data)) as { error?: unknown; seq?: number };
    if (seq === undefined) throw new Error("natsHistory: not kept", { cause: error });
  }

  subscribe(
    pattern: string,
    listener: (topic: string, message: StoredMessage) => void,
  ): () => void {
    const subscription = this.connection.subscribe(subjectOf(this.live, pattern), {
      callback: (error, message) => {
        if (error !== null) return;
        const position = this.positionOf(message.headers?.get("Nats-Sequence"));
        if (position === undefined) return; // a message of another program
        const previous = this.positionOf(message.headers?.get("Nats-Last-Sequence"));
        listener(topicOf(this.live, message.subject), { position, previous, value: message.data });
      },
    });
    return () => {
      subscription.unsubscribe();
    };
  }

  async since(topic: string, position: string): Promise<readonly StoredMessage[] | undefined> {
    const [era, number] = position.split("-").map(Number) as [number, number];
    const { state } = await this.info();
    if (era !== this.era) return undefined;
    const found: StoredMessage[] = [];
    for (let next = number + 1; found.length <= this.limits.size;) {
      const message = await this.after(topic, next);
      if (message === undefined) break;
      const previous = found.at(-1)?.position ?? position;
      found.push({ position: `${this.era}-${message.sequence}`, previous, value: message.data });
      next = message.sequence + 1;
    }
    // Messages older than the stream's first were dropped for their age, whatever their subject.
    const isComplete = found.length <= this.limits.size && number + 1 >= state.first_seq;
    return isComplete ? found : undefined;
  }

  async end(topic: string): Promise<string> {
    const subject = subjectOf(this.kept, topic);
    const { state } = await this.info();
    const { message } = await this.ask<{ message?: { seq: number } }>(
      `STREAM.MSG.GET.${this.name}`,
      { last_by_subj: subject },
    );
    return `${this.era}-${message?.seq ?? state.last_seq}`;
  }

  watch(listener: (isConnected: boolean) => void): () => void {
    return watchNats(this.connection, (isConnected) => {
      if (!isConnected) return listener(false);
      // The server may have come back without its streams.
      const report = (): void => {
        listener(true);
      };
      this.open(this.limits).then(report, report);
    });
  }

  /** Returns the first message of a topic from a number on. */
  private async after(
    topic: string,
    sequence: number,
  ): Promise<{ sequence: number; data: Uint8Array } | undefined> {
    const query = { seq: sequence, next_by_subj: subjectOf(this.kept, topic) };
    const { message, error } = await this.ask<{
      message?: { seq: number; data?: string };
      error?: { code?: number; description?: string };
    }>(`STREAM.MSG.GET.${this.name}`, query);
    if (message !== undefined)
      return {
        sequence: message.seq,
        data: new Uint8Array(Buffer.from(message.data ?? "", "base64")),
      };
    if (error?.code === 404) return undefined;
    throw new Error(`natsHistory: ${error?.description ?? "no answer of JetStream"}`);
  }

  private async info(): Promise<{ state: NonNullable<StreamAnswer["state"]> }> {
    const { created, state, error } = await this.ask<StreamAnswer>(`STREAM.INFO.${this.name}`, {});
    if (created === undefined || state === undefined)
      throw new Error(`natsHistory: ${error?.description ?? "no answer of JetStream"}`);
    this.era = Date.parse(created);
    return { state };
  }

  private async ask<T>(api: string, body: object): Promise<T> {
    const bytes = new Uint8Array(Buffer.from(JSON.stringify(body)));
    const { data } = await this.connection.request(`$JS.API.${api}`, bytes, { timeout: TIMEOUT });
    return JSON.parse(textOf(data)) as T;
  }

  private positionOf(sequence: string | undefined): string | undefined {
    return sequence === undefined || sequence === "" || sequence === "0"
      ? undefined
      : `${this.era}-${sequence}`;
  }
}

const textOf = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString();
