/** The machines of event streams, recorded. */
import type { Timer } from "../../actions.ts";
import {
  EventStreamClient,
  type EventStreamClientActions,
  type EventStreamClientState,
  type EventStreamClientTimer,
  type EventStreamResponse,
} from "../../sse/client/client.ts";
import { type EventStreamClientOptions, resolveClientOptions } from "../../sse/client/options.ts";
import type { EventSourceError } from "../../sse/client/error.ts";
import {
  createEventSourceConnection,
  type EventSourceActions,
  type EventSourceConnection,
  type EventSourceConnectionOptions,
  resolveEventSourceOptions,
} from "../../sse/server/connection.ts";
import type { EventFields } from "../../sse/server/encode.ts";
import type { Platform } from "../../platform.ts";
import type { ProtocolViolation } from "../../violation.ts";
import type { TraceValue } from "../format.ts";
import { bytesValue, defined, violationValue } from "../values.ts";
import { RecordedPlatform } from "./platform.ts";
import { COMMAND, INPUT, type Recorded, Recording } from "./recording.ts";
import type { RecordOptions } from "./sink.ts";

/** Records a connection of `createEventSourceConnection`. */
export function recordEventSourceConnection(
  actions: EventSourceActions,
  platform: Platform,
  options: Partial<EventSourceConnectionOptions> | undefined,
  record: RecordOptions,
): EventSourceConnection {
  const log = new Recording(record, platform);
  const full = resolveEventSourceOptions(options);
  log.begin("event-stream-server", full);
  const connection = createEventSourceConnection(
    new RecordedStreamActions(actions, log),
    new RecordedPlatform(platform, log),
    full,
  );
  return new RecordedStream(connection, log);
}

class RecordedStreamActions implements EventSourceActions {
  private readonly inner: EventSourceActions;
  private readonly log: Recording;

  constructor(inner: EventSourceActions, log: Recording) {
    this.inner = inner;
    this.log = log;
  }

  write(bytes: Uint8Array): void {
    this.log.emit("write", [bytesValue(bytes, this.log.most)], () => {
      this.inner.write(bytes);
    });
  }

  writeMany(pieces: readonly Uint8Array[]): void {
    const values = pieces.map((piece) => bytesValue(piece, this.log.most));
    this.log.emit("writeMany", [values], () => {
      this.inner.writeMany(pieces);
    });
  }

  endTransport(): void {
    this.log.emit("endTransport", [], () => {
      this.inner.endTransport();
    });
  }

  destroyTransport(): void {
    this.log.emit("destroyTransport", [], () => {
      this.inner.destroyTransport();
    });
  }

  setTimer(timer: Timer, milliseconds: number): void {
    this.log.emit("setTimer", [timer, milliseconds], () => {
      this.inner.setTimer(timer, milliseconds);
    });
  }

  clearTimer(timer: Timer): void {
    this.log.emit("clearTimer", [timer], () => {
      this.inner.clearTimer(timer);
    });
  }

  onViolation(violation: ProtocolViolation): void {
    this.log.emit("onViolation", [violationValue(violation)], () => {
      this.inner.onViolation(violation);
    });
  }

  onClose(clean: boolean): void {
    this.log.emit("onClose", [clean], () => {
      this.inner.onClose(clean);
    });
  }
}

class RecordedStream implements EventSourceConnection, Recorded {
  readonly isOpening = false;
  private readonly inner: EventSourceConnection;
  private readonly log: Recording;
  private backlog = 0;

  constructor(inner: EventSourceConnection, log: Recording) {
    this.inner = inner;
    this.log = log;
    log.attach(this);
  }

  get isOver(): boolean {
    return this.inner.state === "closed";
  }

  receiveError(): void {
    this.log.around(INPUT, "receiveError", [], () => {
      this.inner.receiveError();
    });
  }

  receiveBacklog(bytes: number): void {
    if (bytes === this.backlog) return;
    this.backlog = bytes;
    this.log.around(INPUT, "receiveBacklog", [bytes], () => {
      this.inner.receiveBacklog(bytes);
    });
  }

  fireTimer(timer: Timer): void {
    this.log.around(INPUT, "fireTimer", [timer], () => {
      this.inner.fireTimer(timer);
    });
  }

  open(): void {
    this.command("open", [], () => {
      this.inner.open();
    });
  }

  send(data: string, fields?: EventFields): boolean {
    const value = fields === undefined ? null : defined(fields as { [name: string]: TraceValue });
    return this.command("send", [data, value], () => this.inner.send(data, fields));
  }

  sendEncoded(bytes: Uint8Array): boolean {
    return this.command("sendEncoded", [bytesValue(bytes, this.log.most)], () =>
      this.inner.sendEncoded(bytes),
    );
  }

  comment(text: string): boolean {
    return this.command("comment", [text], () => this.inner.comment(text));
  }

  ping(): boolean {
    return this.command("ping", [], () => this.inner.ping());
  }

  close(): void {
    this.command("close", [], () => {
      this.inner.close();
    });
  }

  terminate(): void {
    this.command("terminate", [], () => {
      this.inner.terminate();
    });
  }

  cork(): void {
    this.command("cork", [], () => {
      this.inner.cork();
    });
  }

  uncork(): void {
    this.command("uncork", [], () => {
      this.inner.uncork();
    });
  }

  get state(): EventSourceConnection["state"] {
    return this.inner.state;
  }

  get bufferedBytes(): number {
    return this.inner.bufferedBytes;
  }

  private command<T>(name: string, values: readonly TraceValue[], run: () => T): T {
    return this.log.around(COMMAND, name, values, run);
  }
}

/** The part of an {@link EventStreamClient} that its driver uses. */
export type EventStreamClientLike = Pick<
  EventStreamClient,
  | "state"
  | "lastEventId"
  | "connect"
  | "close"
  | "receiveResponse"
  | "receive"
  | "receiveEnd"
  | "receiveError"
  | "fireTimer"
>;

/** An {@link EventStreamClient}, recorded. */
export function recordEventStreamClient(
  actions: EventStreamClientActions,
  platform: Platform,
  options: Partial<EventStreamClientOptions> | undefined,
  record: RecordOptions,
): EventStreamClientLike {
  const log = new Recording(record, platform);
  const full = resolveClientOptions(options);
  log.begin("event-stream-client", { ...full, comments: actions.onComment !== undefined });
  const client = new EventStreamClient(
    recordedClientActions(actions, log),
    new RecordedPlatform(platform, log),
    full,
  );
  return new RecordedStreamClient(client, log);
}

/** Comments are recorded only where the driver takes them: so this is an object and not a class. */
function recordedClientActions(
  inner: EventStreamClientActions,
  log: Recording,
): EventStreamClientActions {
  const { onComment } = inner;
  return {
    request: (id) => {
      log.emit("request", [id], () => {
        inner.request(id);
      });
    },
    abandonRequest: () => {
      log.emit("abandonRequest", [], () => {
        inner.abandonRequest();
      });
    },
    setTimer: (timer, milliseconds) => {
      log.emit("setTimer", [timer, milliseconds], () => {
        inner.setTimer(timer, milliseconds);
      });
    },
    clearTimer: (timer) => {
      log.emit("clearTimer", [timer], () => {
        inner.clearTimer(timer);
      });
    },
    onOpen: () => {
      log.emit("onOpen", [], () => {
        inner.onOpen();
      });
    },
    onEvent: (type, data, id) => {
      log.emit("onEvent", [type, data, id], () => {
        inner.onEvent(type, data, id);
      });
    },
    ...(onComment && {
      onComment: (text: string) => {
        log.emit("onComment", [text], () => {
          inner.onComment!(text);
        });
      },
    }),
    onError: (error) => {
      log.emit("onError", [errorValue(error)], () => {
        inner.onError(error);
      });
    },
  };
}

/** Returns the written form of an error. Its `cause` is the runtime's and left out. */
export function errorValue({ code, message, status }: EventSourceError): TraceValue {
  return defined({ code, message, status });
}

class RecordedStreamClient implements EventStreamClientLike, Recorded {
  readonly isOpening = false;
  private readonly inner: EventStreamClient;
  private readonly log: Recording;

  constructor(inner: EventStreamClient, log: Recording) {
    this.inner = inner;
    this.log = log;
    log.attach(this);
  }

  get isOver(): boolean {
    return this.inner.state === "closed";
  }

  get state(): EventStreamClientState {
    return this.inner.state;
  }

  get lastEventId(): string {
    return this.inner.lastEventId;
  }

  connect(): void {
    this.log.around(COMMAND, "connect", [], () => {
      this.inner.connect();
    });
  }

  close(): void {
    this.log.around(COMMAND, "close", [], () => {
      this.inner.close();
    });
  }

  receiveResponse(response: EventStreamResponse): void {
    const { status, contentType } = response;
    this.log.around(INPUT, "receiveResponse", [{ status, contentType }], () => {
      this.inner.receiveResponse(response);
    });
  }

  receive(bytes: Uint8Array): void {
    this.log.around(INPUT, "receive", [bytesValue(bytes, this.log.most)], () => {
      this.inner.receive(bytes);
    });
  }

  receiveEnd(): void {
    this.log.around(INPUT, "receiveEnd", [], () => {
      this.inner.receiveEnd();
    });
  }

  receiveError(cause: unknown, words?: string): void {
    const message = words ?? (cause instanceof Error ? cause.message : String(cause));
    this.log.around(INPUT, "receiveError", [message], () => {
      this.inner.receiveError(cause, words);
    });
  }

  fireTimer(timer: EventStreamClientTimer): void {
    this.log.around(INPUT, "fireTimer", [timer], () => {
      this.inner.fireTimer(timer);
    });
  }
}
