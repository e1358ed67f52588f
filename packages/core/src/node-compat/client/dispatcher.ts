import { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import { HEAD_FAILED, HeadParser } from "../../http/head-parser.ts";
import { writeResponseHead } from "../../http/head-writer.ts";
import type { OpeningRequest } from "../../opening.ts";
import type { Runtime } from "../../shell/runtime/runtime.ts";
import type { Sent, Transport, TransportListener } from "../../shell/transport/transport.ts";
import { bindTransport, type Connector } from "../../shell/transport/connector.ts";

type Fields = Readonly<Record<string, string | readonly string[] | undefined>>;

/** undici's control of a request, for its handler. */
interface Controller {
  abort(reason: Error): void;
  pause(): void;
}

/** The handler of a request, as undici 7 has it. */
export interface DispatchHandler {
  onRequestStart(controller: Controller, context: unknown): void;
  onRequestUpgrade(controller: Controller, status: number, headers: Fields, socket: Duplex): void;
  onResponseStart(
    controller: Controller,
    status: number,
    headers: Fields,
    statusText?: string,
  ): void;
  onResponseData(controller: Controller, bytes: Uint8Array): void;
  onResponseEnd(controller: Controller, trailers: Fields): void;
  onResponseError(controller: Controller, error: Error): void;
}

/** The used part of an undici `Dispatcher`, version 7 or later: `Agent`, `ProxyAgent`, `EnvHttpProxyAgent`, `MockAgent`, `Client`, `Pool`, and results of `compose`. */
export interface DispatcherLike {
  dispatch(options: object, handler: DispatchHandler): boolean;
}

/** The dispatcher writes these itself. */
const OWN: ReadonlySet<string> = new Set(["host", "connection", "upgrade"]);

/** The errors of undici 5 and 6 for a handler without their methods. */
const OLD = /^invalid on\w+ method$|\.onConnect is not a function$/;

const GIVEN_UP = "The WebSocket was closed before it opened";

/** The longest head: the core's limit. */
const LIMITS = { maxHeadSize: Number.MAX_SAFE_INTEGER, maxHeaderCount: Number.MAX_SAFE_INTEGER };

/**
 * Carries a client's connection by an undici dispatcher, which speaks HTTP itself: it reads and dispatches the written request, and
 * gives the response to the reader as a server would send it.
 */
export const connectByDispatcher = (
  runtime: Runtime,
  dispatcher: DispatcherLike,
  url: URL,
): Connector => ({
  destroyed: false,
  bind: (listener) => new DispatchTransport(runtime, dispatcher, url, listener),
});

class DispatchTransport implements Transport, DispatchHandler {
  private readonly runtime: Runtime;
  private readonly dispatcher: DispatcherLike;
  private readonly url: URL;
  private readonly listener: TransportListener;
  private readonly parser = new HeadParser("request", LIMITS);
  private controller: Controller | undefined = undefined;
  private inner: Transport | undefined = undefined;
  private over = false; // without a socket, or before one

  constructor(runtime: Runtime, dispatcher: DispatcherLike, url: URL, listener: TransportListener) {
    this.runtime = runtime;
    this.dispatcher = dispatcher;
    this.url = url;
    this.listener = listener;
  }

  write(bytes: Uint8Array, sent?: Sent): void {
    if (this.inner !== undefined) return this.inner.write(bytes, sent);
    // A client writes its request in one piece, and no more until the response.
    if (this.parser.push(bytes, 0, bytes.length) === HEAD_FAILED) return;
    const { request } = this.parser;
    this.runtime.queueMicrotask(() => {
      this.dispatch(request);
    });
  }

  writeMany(pieces: readonly Uint8Array[], sent?: Sent): void {
    if (this.inner !== undefined) return this.inner.writeMany(pieces, sent);
    for (const piece of pieces) this.write(piece);
  }

  end(): void {
    if (this.inner !== undefined) this.inner.end();
    else this.destroy();
  }

  destroy(): void {
    if (this.inner !== undefined) return this.inner.destroy();
    this.runtime.queueMicrotask(() => {
      // aborting calls the listener, which must not run inside a method
      this.gone(undefined);
      this.controller?.abort(new Error(GIVEN_UP));
    });
  }

  pause(): void {
    this.inner?.pause();
  }
  resume(): void {
    this.inner?.resume();
  }
  get bufferedBytes(): number {
    return this.inner?.bufferedBytes ?? 0;
  }
  get backedUp(): boolean {
    return this.inner?.backedUp ?? false;
  }

  private dispatch({ target, headers }: OpeningRequest): void {
    if (this.over) return;
    const fields = [...headers].flatMap(([name, value]) => (OWN.has(name) ? [] : [name, value]));
    const origin = `${this.url.protocol === "wss:" ? "https:" : "http:"}//${this.url.host}`;
    try {
      this.dispatcher.dispatch(
        { origin, path: target, method: "GET", headers: fields, upgrade: "websocket" },
        this,
      );
    } catch (error) {
      this.gone(
        OLD.test(String((error as Error | undefined)?.message))
          ? new Error(
              "The dispatcher is of an undici before version 7, which knows no handlers like ours: update undici",
              { cause: error },
            )
          : error,
      );
    }
  }

  private gone(cause: unknown): void {
    if (this.over || this.inner !== undefined) return;
    this.over = true;
    this.listener.onGone(cause);
  }

  // DispatchHandler.

  onRequestStart(controller: Controller): void {
    this.controller = controller;
    if (this.over) controller.abort(new Error(GIVEN_UP));
  }

  onRequestUpgrade(_: Controller, status: number, headers: Fields, socket: Duplex): void {
    if (this.over) return void socket.on("error", () => {}).destroy();
    this.inner = bindTransport(socket, this.listener);
    this.listener.onData(headOf(status, "", headers)); // now: bytes behind the head flow from the next tick on
  }

  onResponseStart(controller: Controller, status: number, headers: Fields, statusText = ""): void {
    if (this.over) return;
    if (status === 101) {
      // A mock's: no socket comes with it.
      const error = new Error(
        "The dispatcher answered 101 without a connection: a MockAgent can refuse a WebSocket, but not open one; let it through with enableNetConnect()",
      );
      controller.abort(error);
      return this.gone(error);
    }
    try {
      this.listener.onData(headOf(status, statusText, headers));
    } catch (error) {
      controller.abort(error as Error);
      this.gone(error);
    }
  }

  onResponseData(_: Controller, bytes: Uint8Array): void {
    if (!this.over) this.listener.onData(new Uint8Array(bytes));
  }

  onResponseEnd(): void {
    if (this.over) return;
    this.listener.onEnd();
    this.gone(undefined);
  }

  onResponseError(_: Controller, error: Error): void {
    this.gone(error);
  }
}

/** A head as bytes. That the body came in chunks is left out: it has been read. */
function headOf(status: number, statusText: string, headers: Fields): Uint8Array {
  const fields: [string, string][] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name.toLowerCase() === "transfer-encoding") continue;
    for (const one of typeof value === "string" ? [value] : value) fields.push([name, latin1(one)]);
  }
  return writeResponseHead(status, latin1(statusText), fields);
}

/** Undici decodes values as UTF-8 where it can; on the wire they are octets. */
const latin1 = (text: string): string =>
  /[^\0-\xff]/.test(text) ? Buffer.from(text).toString("latin1") : text;
