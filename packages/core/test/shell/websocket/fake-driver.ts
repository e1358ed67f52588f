import type { ClientConnection } from "../../../src/connection/contract.ts";
import { Session, type SessionDriver } from "../../../src/shell/websocket/session.ts";
import { SESSION, WebSocket } from "../../../src/shell/websocket/websocket.ts";
import { testRuntime } from "./wired.ts";

/** A driver without a connection: it notes the calls it receives, and a test sets its state. */
export class FakeDriver implements SessionDriver {
  state: ClientConnection["state"] = "open";
  bufferedBytes = 0;
  backedUp = false;
  readonly calls: unknown[][] = [];
  readonly connection: ClientConnection;
  /** Receives `onClose` after `terminate`, as from a real driver. */
  session: Session | undefined;

  constructor() {
    const driver = this;
    const note =
      (name: string) =>
      (...args: unknown[]): boolean =>
        driver.calls.push([name, ...given(args).map(shown)]) > 0;
    const named = Object.fromEntries(
      [
        "sendText",
        "sendTextBytes",
        "sendBinary",
        "sendParts",
        "ping",
        "pong",
        "pause",
        "resume",
        "deliver",
        "sendPrepared",
        "sendFragment",
      ].map((name) => [name, note(name)]),
    );
    this.connection = {
      ...named,
      get state() {
        return driver.state;
      },
      get sendable() {
        return driver.state === "open";
      },
      notify() {}, // no notice ever comes: nothing leaves
      close(code: number, reason: string) {
        note("close")(code, reason);
        if (driver.state === "connecting") driver.end(code, reason);
        else driver.state = "closing";
      },
      terminate() {
        note("terminate")();
        driver.end(1006, "");
      },
    } as unknown as ClientConnection;
  }

  holdInput(): void {}
  releaseInput(): void {}

  cork(): void {
    this.calls.push(["cork"]);
  }

  end(code: number, reason: string): void {
    this.state = "closed";
    this.session?.onClose(code, reason, false);
  }

  /** The calls since the last time, without corks. */
  take(): unknown[][] {
    return this.calls.splice(0).filter(([name]) => name !== "cork");
  }
}

/** Arguments without the defaults at their end. */
function given(args: unknown[]): unknown[] {
  const told = args.at(-1) === true ? args.slice(0, -1) : args;
  while (told.length > 1 && told.at(-1) === undefined) told.pop();
  return told;
}

/** Bytes as text, so that tests read. */
const shown = (value: unknown): unknown =>
  value instanceof Uint8Array ? `bytes ${Buffer.from(value).toString()}` : value;

export interface Fake {
  readonly socket: WebSocket;
  readonly session: Session;
  readonly driver: FakeDriver;
  readonly reported: unknown[];
}

/** A socket over a {@link FakeDriver}. */
export function fake(state: ClientConnection["state"] = "open", queueLimit = 1000): Fake {
  const runtime = testRuntime();
  const socket = new WebSocket();
  const driver = new FakeDriver();
  const session = new Session(
    socket,
    runtime,
    { scheme: "ws://", host: "host", target: "/path" },
    "hybi-13",
    queueLimit,
  );
  socket[SESSION] = session;
  session.driver = driver;
  driver.session = session;
  driver.state = state;
  return { socket, session, driver, reported: runtime.reported };
}

/** Text as it arrives. */
export const arrive = (session: Session, text: string): void => {
  const bytes = new TextEncoder().encode(text);
  session.onText(bytes, 0, bytes.length, /^[\0-\x7f]*$/.test(text));
};
