import type { Agent, ClientRequest } from "node:http";
import { Buffer } from "node:buffer";
import type { GenerateMask } from "../parts/masks.ts";
import { extension } from "../parts/extension.ts";
import { PerMessageDeflate, type PerMessageDeflateOptions } from "../parts/permessage-deflate.ts";
import type { SocketOptions } from "../options.ts";
import { isToken } from "../../../http/tokens.ts";
import type { WsModules } from "../modules.ts";

type Fields = Record<string, unknown>;

/** A client's options: those of `ws` 8.23, and any of `node:http` and `node:tls`. */
export interface ClientOptions extends SocketOptions {
  readonly protocols?: string | readonly string[] | undefined;
  readonly headers?: Readonly<Fields> | undefined;
  readonly origin?: string | undefined;
  /** @defaultValue 13 */
  readonly protocolVersion?: number | undefined;
  /** @defaultValue true */
  readonly perMessageDeflate?: boolean | PerMessageDeflateOptions | undefined;
  readonly handshakeTimeout?: number | undefined;
  /** @defaultValue false */
  readonly followRedirects?: boolean | undefined;
  /** @defaultValue 10 */
  readonly maxRedirects?: number | undefined;
  readonly generateMask?: GenerateMask | undefined;
  readonly agent?: Agent | undefined;
  readonly createConnection?: unknown;
  readonly finishRequest?: ((request: ClientRequest, websocket: object) => void) | undefined;
  readonly auth?: string | undefined;
}

/** The server and the path of a client. */
export interface Target {
  readonly url: URL;
  readonly isSecure: boolean;
  readonly isIpc: boolean;
}

/** One attempt to open: the options of `http.request()`, and the values to check the answer against. */
export interface Attempt extends Target {
  readonly request: Fields & {
    headers: Fields;
    auth?: string | undefined;
    socketPath?: string | undefined;
  };
  readonly key: string;
  readonly protocols: ReadonlySet<string>;
  readonly deflate: PerMessageDeflate | undefined;
}

const VERSIONS = [8, 13];

/**
 * Reads the URL to connect to.
 * @throws {SyntaxError} for a value that is no URL of a WebSocket.
 */
export function readTarget(address: string | URL): Target {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    throw new SyntaxError(`Invalid URL: ${String(address)}`);
  }
  if (url.protocol === "http:") url.protocol = "ws:";
  else if (url.protocol === "https:") url.protocol = "wss:";
  return { url, isSecure: url.protocol === "wss:", isIpc: url.protocol === "ws+unix:" };
}

/** Returns the problem of a target, if any. */
export function targetProblem({ url, isSecure, isIpc }: Target): string | undefined {
  if (url.protocol !== "ws:" && !isSecure && !isIpc) {
    return 'The URL\'s protocol must be one of "ws:", "wss:", "http:", "https:", or "ws+unix:"';
  }
  if (isIpc && url.pathname === "") return "The URL's pathname is empty";
  return url.hash === "" ? undefined : "The URL contains a fragment identifier";
}

/** Checks the version. @throws {RangeError} for a version that no client speaks. */
export function checkVersion({ protocolVersion = 13 }: ClientOptions): void {
  if (VERSIONS.includes(protocolVersion)) return;
  throw new RangeError(
    `Unsupported protocol version: ${protocolVersion} (supported versions: ${VERSIONS.join(", ")})`,
  );
}

/**
 * Puts the request together.
 * @throws {SyntaxError} for a subprotocol that is no token, or named twice.
 */
export function prepareAttempt(
  modules: WsModules,
  target: Target,
  protocols: readonly string[],
  options: ClientOptions,
): Attempt {
  const { url, isSecure, isIpc } = target;
  const key = makeKey(modules);
  const deflate = deflateOf(options);
  const names = checkedProtocols(protocols);
  const path = url.pathname + url.search;
  const at = isIpc ? path.indexOf(":") : -1;
  const where = !isIpc
    ? { path, socketPath: undefined }
    : {
        path: at === -1 ? "" : path.slice(at + 1),
        socketPath: at === -1 ? path : path.slice(0, at),
      };
  const { hostname } = url;
  const request = {
    ...options,
    protocol: undefined,
    protocols: undefined,
    hostname: undefined,
    method: "GET",
    ...where,
    host: hostname.startsWith("[") ? hostname.slice(1, -1) : hostname,
    port: url.port || (isSecure ? 443 : 80),
    defaultPort: (options as Fields)["defaultPort"] ?? (isSecure ? 443 : 80),
    timeout: options.handshakeTimeout,
    createConnection: options.createConnection ?? connectorOf(modules, isSecure),
    headers: fieldsOf(options, key, names, deflate),
    ...credentialsOf(url),
  };
  return { ...target, request, key, protocols: names, deflate };
}

function makeKey({ runtime }: WsModules): string {
  const nonce = Buffer.alloc(16);
  runtime.platform.randomFill(nonce);
  return nonce.toString("base64");
}

function deflateOf({
  perMessageDeflate = true,
  maxPayload,
}: ClientOptions): PerMessageDeflate | undefined {
  if (!perMessageDeflate) return undefined;
  return new PerMessageDeflate({
    ...(perMessageDeflate === true ? {} : perMessageDeflate),
    isServer: false,
    maxPayload: maxPayload ?? 100 * 1024 * 1024,
  });
}

function checkedProtocols(protocols: readonly string[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const name of protocols) {
    if (typeof name !== "string" || !isToken(name) || names.has(name)) {
      throw new SyntaxError("An invalid or duplicated subprotocol was specified");
    }
    names.add(name);
  }
  return names;
}

function fieldsOf(
  { headers, origin, protocolVersion = 13 }: ClientOptions,
  key: string,
  protocols: ReadonlySet<string>,
  deflate: PerMessageDeflate | undefined,
): Fields {
  const fields: Fields = {
    ...headers,
    "Sec-WebSocket-Version": protocolVersion,
    "Sec-WebSocket-Key": key,
    Connection: "Upgrade",
    Upgrade: "websocket",
  };
  if (deflate !== undefined) {
    fields["Sec-WebSocket-Extensions"] = extension.format({
      [PerMessageDeflate.extensionName]: deflate.offer(),
    });
  }
  if (protocols.size > 0) fields["Sec-WebSocket-Protocol"] = [...protocols].join(",");
  if (origin) fields[protocolVersion < 13 ? "Sec-WebSocket-Origin" : "Origin"] = origin;
  return fields;
}

function credentialsOf({ username, password }: URL): { auth?: string } {
  if (username === "" && password === "") return {};
  return { auth: `${unescaped(username)}:${unescaped(password)}` };
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Returns the default way to make a connection: by `node:net` or `node:tls`, past an agent's pool. */
function connectorOf({ net, tls }: WsModules, isSecure: boolean): (options: Fields) => unknown {
  if (!isSecure)
    return (options) => net.connect({ ...options, path: options["socketPath"] } as never);
  return (options) => {
    const { servername, host } = options as { servername?: string; host: string };
    const name = servername ?? (net.isIP(host) === 0 ? host : "");
    return tls.connect({ ...options, path: undefined, servername: name } as never);
  };
}
