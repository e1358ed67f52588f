import { Buffer } from "node:buffer";
import { UsageError } from "../../../violation.ts";
import { isPattern, matches } from "../../../topics/name.ts";
import type { Backplane, BackplaneListener } from "./backplane.ts";

interface Emits {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as the clients' own declarations have it
  on(event: string, listener: (...args: any[]) => void): unknown;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the same
  off(event: string, listener: (...args: any[]) => void): unknown;
}

type Received = (message: Buffer, channel: Buffer) => void;

/** The part of a node-redis client in subscriber mode that the library uses. */
export interface NodeRedisLike extends Emits {
  subscribe(channel: string, listener: Received, bufferMode: true): Promise<unknown>;
  unsubscribe(channel: string, listener: Received, bufferMode: true): Promise<unknown>;
  pSubscribe(pattern: string, listener: Received, bufferMode: true): Promise<unknown>;
  pUnsubscribe(pattern: string, listener: Received, bufferMode: true): Promise<unknown>;
}

/** The part of an ioredis client in subscriber mode that the library uses. */
export interface IoRedisLike extends Emits {
  subscribe(channel: string): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  psubscribe(pattern: string): Promise<unknown>;
  punsubscribe(pattern: string): Promise<unknown>;
}

/** Two connected clients, since one that subscribes can do nothing else. */
export interface RedisClients {
  readonly publisher: { publish(channel: string, message: Buffer): Promise<unknown> };
  readonly subscriber: NodeRedisLike | IoRedisLike;
}

/** Carries topics over the Pub/Sub of Redis, by node-redis or ioredis. The application owns the clients. */
export function redisBackplane(
  { publisher, subscriber }: RedisClients,
  { prefix = "sansocket:" }: { readonly prefix?: string } = {},
): Backplane {
  const listenTo = listenerOf("redisBackplane", subscriber);
  return {
    publish(topic, { buffer, byteOffset, byteLength }) {
      // The client would send the text of a Uint8Array that is no Buffer.
      return publisher.publish(prefix + topic, Buffer.from(buffer, byteOffset, byteLength));
    },
    subscribe: (pattern, listener) => listenToTopics(listenTo, prefix, pattern, listener).end,
    watch: (listener) => watchRedis(subscriber, listener),
  };
}

/** Listens to the channels of the topics that `pattern` covers. */
export function listenToTopics(
  listenTo: ListenTo,
  prefix: string,
  pattern: string,
  listener: BackplaneListener,
): Listening {
  const isGlob = isPattern(pattern);
  const receive = (channel: string, bytes: Uint8Array): void => {
    const topic = channel.slice(prefix.length);
    // The `*` of Redis crosses slashes.
    if (matches(pattern, topic)) listener(topic, bytes);
  };
  return listenTo(isGlob ? globOf(prefix, pattern) : prefix + pattern, isGlob, receive);
}

/** Calls `listener` when the client loses its server, and when it is ready again. */
export function watchRedis(client: Emits, listener: (isConnected: boolean) => void): () => void {
  let isConnected = true;
  const say = (now: boolean) => (): void => {
    if (now === isConnected) return;
    isConnected = now;
    listener(now);
  };
  const listeners = [
    ["reconnecting", say(false)],
    ["end", say(false)],
    ["ready", say(true)],
  ] as const;
  for (const [event, one] of listeners) client.on(event, one);
  return () => {
    for (const [event, one] of listeners) client.off(event, one);
  };
}

/** Returns how a client listens. @throws {UsageError} for a value that is no client. */
export function listenerOf(what: string, subscriber: NodeRedisLike | IoRedisLike): ListenTo {
  if ("pSubscribe" in subscriber) return nodeRedis(subscriber);
  if ("psubscribe" in subscriber) return ioRedis(subscriber);
  throw new UsageError(`${what}: subscriber: expected a client of node-redis or ioredis`);
}

/** A pattern that a client listens to. */
interface Listening {
  readonly begun: Promise<unknown>;
  end(): void;
}

export type ListenTo = (channel: string, isGlob: boolean, receive: BackplaneListener) => Listening;

/** Ignores an error of a lost broker or a closed client, which `watch` reports. */
const ignore = (): void => {};

function nodeRedis(client: NodeRedisLike): ListenTo {
  return (channel, isGlob, receive) => {
    const listener: Received = (message, from) => {
      receive(from.toString(), message);
    };
    const begun = client[isGlob ? "pSubscribe" : "subscribe"](channel, listener, true);
    begun.catch(ignore);
    const end = (): void => {
      client[isGlob ? "pUnsubscribe" : "unsubscribe"](channel, listener, true).catch(ignore);
    };
    return { begun, end };
  };
}

function ioRedis(client: IoRedisLike): ListenTo {
  return (channel, isGlob, receive) => {
    const onMessage = (from: Buffer, message: Buffer): void => {
      if (from.toString() === channel) receive(channel, message);
    };
    const onGlob = (pattern: string, from: Buffer, message: Buffer): void => {
      if (pattern.toString() === channel) receive(from.toString(), message);
    };
    const event = isGlob ? "pmessageBuffer" : "messageBuffer";
    client.on(event, isGlob ? onGlob : onMessage);
    const begun = client[isGlob ? "psubscribe" : "subscribe"](channel);
    begun.catch(ignore);
    const end = (): void => {
      client.off(event, isGlob ? onGlob : onMessage);
      client[isGlob ? "punsubscribe" : "unsubscribe"](channel).catch(ignore);
    };
    return { begun, end };
  };
}

/** Returns a glob of Redis for the channels that `pattern` may cover; `*`, `?`, `[` and `\` are special there. */
function globOf(prefix: string, pattern: string): string {
  const escaped = (prefix + pattern).replace(/[?[\]\\]/g, "\\$&");
  return escaped.replace("**", "*");
}
