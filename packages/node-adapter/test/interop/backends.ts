/** The servers of ours that proxies and clients of others are led to: an echo, and an event stream at /events. */
import { eventSource, isEventSource, serve, type WebSocket } from "../../src/index.ts";
import { localhost } from "./certificates.ts";
import { CLOSE_ME, DROP_ME, THEIR_CODE } from "./conversation.ts";
import type { Backends } from "./peer.ts";

export type EventStream = ReturnType<typeof eventSource>["source"];

/** Both of them, and what they have seen. */
export interface Servers extends Backends {
  /** Codes of the closes that sockets saw, by the `?n=` of their URLs. */
  readonly closes: ReadonlyMap<string, number>;
  /** Sockets that opened, in order, where the peer is the client. */
  next(): Promise<WebSocket>;
  /** The event streams, by `?n=`: one for each reader that came through. */
  readonly streams: ReadonlyMap<string, readonly EventStream[]>;
  /** The observations that pages reported by `fetch`, by `?n=`. */
  readonly told: ReadonlyMap<string, readonly string[]>;
  stop(): Promise<void>;
}

/** A page that echoes, or with `?events` reads the event stream, and tells what it sees. */
const PAGE = `<!doctype html><title>Echo</title><script>
const { searchParams, origin } = new URL(location), n = searchParams.get("n");
const tell = (what) => fetch("/told?n=" + n + "&what=" + encodeURIComponent(what));
if (searchParams.has("events")) {
  new EventSource("/events?n=" + n).onmessage = ({ data }) => tell("data: " + data);
} else {
  const socket = new WebSocket(origin.replace("http", "ws") + "/?n=" + n);
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => data === "${CLOSE_ME}" ? socket.close(${THEIR_CODE}, "bye") : socket.send(data);
  socket.onclose = ({ code }) => tell("closed " + code);
}
</script>`;

/** Starts them. With `isEcho` false the sockets are left to {@link Servers.next}. */
export async function startServers({ isEcho = true, isSecure = false } = {}): Promise<Servers> {
  const closes = new Map<string, number>();
  const streams = new Map<string, EventStream[]>();
  const told = new Map<string, string[]>();
  const opened: WebSocket[] = [];
  const waiting: ((socket: WebSocket) => void)[] = [];
  const options = {
    hostname: "127.0.0.1",
    perMessageDeflate: true,
    fetch(request: Request): Response {
      const { pathname, searchParams } = new URL(request.url);
      const name = searchParams.get("n") ?? "";
      if (pathname === "/told")
        told.set(name, [...(told.get(name) ?? []), searchParams.get("what") ?? ""]);
      if (!isEventSource(request))
        return new Response(PAGE, { headers: { "Content-Type": "text/html" } });
      const { response, source } = eventSource(request);
      source.send("first", { id: 1 });
      streams.set(name, [...(streams.get(name) ?? []), source]);
      return response;
    },
    websocket: {
      open(socket: WebSocket): void {
        if (isEcho) return;
        const taker = waiting.shift();
        if (taker === undefined) opened.push(socket);
        else taker(socket);
      },
      message(socket: WebSocket, data: string | Buffer): void {
        if (!isEcho) return;
        if (data === CLOSE_ME) socket.close(THEIR_CODE, "bye");
        else if (data === DROP_ME) socket.terminate();
        else socket.send(data);
      },
      close(socket: WebSocket, code: number): void {
        closes.set(new URL(socket.url).searchParams.get("n") ?? "", code);
      },
    },
  };
  const h1 = serve({
    ...options,
    ...(isSecure ? { tls: localhost, http2: true as const } : {}),
  } as Parameters<typeof serve>[0]);
  const h2c = serve({ ...options, http2: true } as Parameters<typeof serve>[0]);
  await Promise.all([h1.ready, h2c.ready]);
  return {
    h1: h1.port,
    h2c: h2c.port,
    closes,
    streams,
    told,
    next: () =>
      new Promise((resolve) => {
        const socket = opened.shift();
        if (socket === undefined) waiting.push(resolve);
        else resolve(socket);
      }),
    async stop() {
      for (const source of [...streams.values()].flat()) source.terminate();
      await Promise.all([h1.stop({ force: true }), h2c.stop({ force: true })]);
    },
  };
}

/** Waits until `value` gives something, for at most `milliseconds`. */
export async function until<Value>(
  value: () => Value | undefined,
  milliseconds: number,
): Promise<Value | undefined> {
  const end = performance.now() + milliseconds;
  for (;;) {
    const found = value();
    if (found !== undefined || performance.now() > end) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Whether `source` closes within `milliseconds`. */
export async function closesWithin(source: EventStream, milliseconds: number): Promise<boolean> {
  if (source.readyState === 3) return true;
  return (await until(() => (source.readyState === 3 ? true : undefined), milliseconds)) ?? false;
}
