import type { Backplane } from "./backplane.ts";

/** The part of a NATS message that the library uses. */
export interface NatsMessageLike {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers?: { get(name: string): string } | undefined;
}

/** The part of a NATS connection that the library uses, as in `@nats-io/transport-node` and its siblings. */
export interface NatsConnectionLike {
  publish(subject: string, payload: Uint8Array): void;
  subscribe(
    subject: string,
    options: {
      callback(error: Error | null, message: NatsMessageLike): void;
    },
  ): { unsubscribe(): void };
  status(): AsyncIterable<{ readonly type: string }>;
}

// A subject's tokens are parted by dots, and hold no white space; `*` and `>` are its wildcards.
const RESERVED = /[\s.*>%]/gu;

/** Carries topics over NATS. The application owns the connection, which is never closed here. */
export function natsBackplane(
  connection: NatsConnectionLike,
  { prefix = "sansocket" }: { readonly prefix?: string } = {},
): Backplane {
  return {
    publish: (topic, bytes) => connection.publish(subjectOf(prefix, topic), bytes),
    subscribe(pattern, listener) {
      const subscription = connection.subscribe(subjectOf(prefix, pattern), {
        callback(error, { subject, data }) {
          // An error: the server refuses a subject that the account may not read.
          if (error === null) listener(topicOf(prefix, subject), data);
        },
      });
      return () => {
        subscription.unsubscribe();
      };
    },
    watch: (listener) => watchNats(connection, listener),
  };
}

/** Calls `listener` when the connection is lost, and when it is back. */
export function watchNats(
  connection: NatsConnectionLike,
  listener: (isConnected: boolean) => void,
): () => void {
  let isWatching = true;
  void (async () => {
    for await (const { type } of connection.status()) {
      if (!isWatching) return;
      if (type === "disconnect" || type === "close") listener(false);
      else if (type === "reconnect") listener(true);
    }
  })();
  return () => {
    isWatching = false;
  };
}

/** Returns the subject of a pattern: `room/4.2` becomes `sansocket.room.4%002e2`; a wildcard segment becomes NATS's. */
export function subjectOf(prefix: string, pattern: string): string {
  const tokens = pattern.split("/").map((segment) => {
    if (segment === "*") return "*";
    if (segment === "**") return ">";
    return segment.replace(
      RESERVED,
      (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  });
  return `${prefix}.${tokens.join(".")}`;
}

/** Returns the topic of a subject. @see {@link subjectOf} */
export function topicOf(prefix: string, subject: string): string {
  return subject
    .slice(prefix.length + 1)
    .replaceAll(".", "/")
    .replace(/%([0-9a-f]{4})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
}
