import { Buffer } from "node:buffer";
import { NOWHERE } from "../../../topics/position.ts";
import { UsageError } from "../../../violation.ts";
import {
  type IoRedisLike,
  listenerOf,
  type ListenTo,
  listenToTopics,
  type NodeRedisLike,
  watchRedis,
} from "./redis.ts";
import type { StoredMessage, StoreLimits, TopicStore } from "./store.ts";

/** The part of a node-redis client that the library uses. */
interface NodeRedisSender {
  sendCommand(
    args: (string | Buffer)[],
    options: { typeMapping: Record<number, unknown> },
  ): Promise<unknown>;
}

/** The part of an ioredis client that the library uses. */
interface IoRedisSender {
  callBuffer(command: string, ...args: (string | Buffer)[]): Promise<unknown>;
}

/** Two connected clients, since one that subscribes can do nothing else. */
export interface RedisHistoryClients {
  readonly publisher: NodeRedisSender | IoRedisSender;
  readonly subscriber: NodeRedisLike | IoRedisLike;
}

/** The type of bulk strings in RESP: `$`. */
const BULK = 36;

/**
 * Appends a message and sends it on with its position and the one before, in one step, so that a subscriber notices a gap. Positions are the stream's ids: the
 * time when the topic's key was made, and a count. `KEYS[1]` is the stream; then the channel, the message, how many to keep, and for how many milliseconds.
 */
const APPEND = `
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local era, count, previous = string.format('%.0f', now), 0, ''
if #last > 0 then
  previous = last[1][1]
  era, count = string.match(previous, '^(%d+)-(%d+)$')
end
local id = era .. '-' .. string.format('%.0f', count + 1)
redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[3], id, 'm', ARGV[2], 't', string.format('%.0f', now))
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 16)) do
  if tonumber(entry[2][4]) >= now - ARGV[4] then break end
  redis.call('XDEL', KEYS[1], entry[1])
end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('PUBLISH', ARGV[1], id .. ' ' .. previous .. '\\n' .. ARGV[2])
return id`;

/** Keeps histories in Redis Streams (Redis 5 and newer), by node-redis or ioredis, a key a topic. The application owns the clients. */
export function redisHistory(
  { publisher, subscriber }: RedisHistoryClients,
  { prefix = "sansocket:" }: { readonly prefix?: string | undefined } = {},
): TopicStore {
  return new RedisHistory(callerOf(publisher), subscriber, prefix);
}

type Call = (...args: (string | Buffer)[]) => Promise<unknown>;

function callerOf(publisher: RedisHistoryClients["publisher"]): Call {
  if ("callBuffer" in publisher)
    return (command, ...args) => publisher.callBuffer(String(command), ...args);
  if ("sendCommand" in publisher)
    return (...args) => publisher.sendCommand(args, { typeMapping: { [BULK]: Buffer } });
  throw new UsageError("redisHistory: publisher: expected a client of node-redis or ioredis");
}

class RedisHistory implements TopicStore {
  private readonly call: Call;
  private readonly subscriber: RedisHistoryClients["subscriber"];
  private readonly listenTo: ListenTo;
  private readonly keys: string;
  private readonly channels: string;
  /** The last subscription: the end of a topic is read once that has begun. */
  private begun: Promise<unknown> = Promise.resolve();

  constructor(call: Call, subscriber: RedisHistoryClients["subscriber"], prefix: string) {
    this.call = call;
    this.subscriber = subscriber;
    this.listenTo = listenerOf("redisHistory", subscriber);
    this.keys = `${prefix}kept:`;
    this.channels = `${prefix}live:`;
  }

  append(topic: string, bytes: Uint8Array, { size, seconds }: StoreLimits): Promise<unknown> {
    const { buffer, byteOffset, byteLength } = bytes;
    const message = Buffer.from(buffer, byteOffset, byteLength);
    const milliseconds = `${seconds * 1000}`;
    const channel = this.channels + topic;
    return this.call(
      "EVAL",
      APPEND,
      "1",
      this.keys + topic,
      channel,
      message,
      `${size}`,
      milliseconds,
    );
  }

  subscribe(
    pattern: string,
    listener: (topic: string, message: StoredMessage) => void,
  ): () => void {
    const { begun, end } = listenToTopics(this.listenTo, this.channels, pattern, (topic, bytes) => {
      const line = bytes.indexOf(10);
      const [position, previous] = textOf(bytes.subarray(0, Math.max(line, 0))).split(" ");
      if (position === undefined || position === "") return; // a message of another program
      const value = bytes.subarray(line + 1);
      listener(topic, { position, previous: previous === "" ? undefined : previous, value });
    });
    this.begun = begun.catch(() => {});
    return end;
  }

  async since(topic: string, position: string): Promise<readonly StoredMessage[] | undefined> {
    const from = position === NOWHERE ? "-" : `(${position}`;
    const entries = (await this.call("XRANGE", this.keys + topic, from, "+")) as [
      id: Uint8Array,
      fields: Uint8Array[],
    ][];
    const found: StoredMessage[] = [];
    for (const [id, fields] of entries) {
      const previous = found.at(-1)?.position ?? position;
      found.push({ position: textOf(id), previous, value: fields[1]! });
    }
    const [era, count] = position.split("-");
    const first = found[0]?.position;
    if (first === undefined) return (await this.end(topic)) === position ? [] : undefined;
    const isComplete =
      position === NOWHERE ? first.endsWith("-1") : first === `${era}-${Number(count) + 1}`;
    return isComplete ? found : undefined;
  }

  async end(topic: string): Promise<string> {
    await this.begun;
    const last = await this.call("XREVRANGE", this.keys + topic, "+", "-", "COUNT", "1");
    const [entry] = last as [id: Uint8Array, fields: unknown][];
    return entry === undefined ? NOWHERE : textOf(entry[0]);
  }

  watch(listener: (isConnected: boolean) => void): () => void {
    return watchRedis(this.subscriber, listener);
  }
}

const textOf = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString();
