import { Buffer } from "node:buffer";
import { Stream } from "node:stream";
import { openClient } from "../faces.ts";
import type { Runtime } from "../runtime.ts";
import type { Wire } from "../wire.ts";
import { WebSocket as Face } from "../websocket.ts";
import { readOptions, readProtocols, type WebSocketOptions } from "../websocket-options.ts";
import type { DialOptions } from "./dial.ts";

/** What `WebSocket.Client` may be told. */
export interface ClientOptions extends Omit<WebSocketOptions, "tls" | "ca" | "net"> {
  readonly tls?: DialOptions["tls"] | null;
  readonly net?: DialOptions["net"] | null;
  readonly ca?: DialOptions["ca"] | null;
}

/** A client's socket. */
export interface Client extends Face {}

/** Makes {@link Client}s; `Client.call(this, …)` in an old-style subclass works too. */
export interface ClientConstructor {
  /**
   * Connects, and returns at once.
   * @param url `ws:` or `wss:`. User and password in it are sent as Basic authentication; a fragment is not sent.
   * @param protocols subprotocols to offer, in order of preference
   * @throws {Error} `<url> is not a valid WebSocket URL`, and for an option, header or subprotocol that is not accepted; no
   * socket exists then.
   */
  new (url: string | URL, protocols?: string | readonly string[] | null, options?: ClientOptions | null): Client;
  (this: Client, url: string | URL, protocols?: string | readonly string[] | null, options?: ClientOptions | null): void;
  readonly prototype: Client;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;
  /** @see the same of `WebSocket` */
  CLOSE_TIMEOUT: number;
}

/** Starts connecting; called once everything else has been found right. */
export type Dial = (url: URL, options: DialOptions) => Wire;

type Protocols = string | readonly string[] | null;

/** Makes `face` a client's socket, as the constructor does; `dial` may be a connection that is there already. */
export function openClientTo(
  face: Face, runtime: Runtime, dial: Dial, url: string | URL, protocols: Protocols | undefined, options: ClientOptions | null | undefined,
): void {
  const { text, parsed } = readUrl(url), { connection, headers, extensions, observer } = readOptions(options as WebSocketOptions | null | undefined, Face.CLOSE_TIMEOUT, runtime);
  const authorization = authorizationOf(parsed);
  const request = {
    host: parsed.host,
    target: parsed.pathname + parsed.search,
    protocols: readProtocols(protocols),
    headers: authorization === undefined ? headers : [["Authorization", authorization] as const, ...headers],
    extensions,
  };
  Stream.call(face);
  openClient(face, { runtime, dial: () => dial(parsed, dialOptions(options)), url: text, request, options: connection, observer });
}

/** `WebSocket.Client`, on the timers and memory of a runtime, connecting by its `dial`. */
export function clientConstructor(runtime: Runtime, dial: Dial): ClientConstructor {
  function ClientFunction(this: Face, url: string | URL, protocols?: Protocols, options?: ClientOptions | null): void {
    if (!((this as unknown) instanceof ClientFunction)) throw new TypeError("WebSocket.Client: use new, or call it on an object that inherits from it");
    openClientTo(this, runtime, dial, url, protocols, options);
  }
  Object.setPrototypeOf(ClientFunction, Face);
  Object.setPrototypeOf(ClientFunction.prototype as object, Face.prototype);
  Object.defineProperty(ClientFunction, "name", { value: "Client", configurable: true });
  Object.defineProperty(ClientFunction, "super_", { value: Face, configurable: true, writable: true });
  return ClientFunction as unknown as ClientConstructor;
}

function readUrl(url: string | URL): { text: string; parsed: URL } {
  const text: unknown = typeof url === "string" ? url : (url as URL | undefined | null)?.href;
  if (typeof text !== "string") throw new TypeError(`url: expected a string or a URL, got ${String(url)}`);
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed?.protocol !== "ws:" && parsed?.protocol !== "wss:") throw new Error(`${text} is not a valid WebSocket URL`);
  return { text, parsed };
}

/** RFC 7617 §2, in UTF-8. */
function authorizationOf({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return undefined;
  return `Basic ${Buffer.from(`${decoded(username)}:${decoded(password)}`).toString("base64")}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a % that begins no escape stands for itself
  }
}

const dialOptions = (options: ClientOptions | null | undefined): DialOptions =>
  ({ tls: options?.tls ?? undefined, net: options?.net ?? undefined, ca: options?.ca ?? undefined });
