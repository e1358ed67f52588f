/** The options of `connect` and `events` for reaching a server: header fields, TLS, a proxy. */
import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import { getProxyForUrl } from "proxy-from-env";
import type { Given, OptionTable } from "../console/arguments.ts";
import { CommandError, EXIT, messageOf } from "../console/exit.ts";

export const WAY_OPTIONS = {
  header: {
    short: "H",
    value: "FIELD",
    multiple: true,
    help: "send a header field, 'NAME: VALUE'",
  },
  cookie: { short: "b", value: "NAME=VALUE", multiple: true, help: "a cookie to send" },
  auth: { rare: true, short: "u", value: "USER:PASSWORD", help: "Basic authorization" },
  ca: { rare: true, value: "FILE", help: "trust the authorities in this PEM file" },
  cert: { rare: true, value: "FILE", help: "the client's certificate, PEM" },
  key: { rare: true, value: "FILE", help: "and its key" },
  insecure: { short: "k", help: "take any certificate of the server" },
  proxy: { rare: true, value: "URL", help: "an HTTP proxy (*_proxy of the environment)" },
} as const satisfies OptionTable;

type WayGiven = Given<typeof WAY_OPTIONS>;

/** Returns the given header fields. @throws {CommandError} for text that is none. */
export function fieldsOf(given: WayGiven): [name: string, value: string][] {
  const fields = given.list("header").map((text): [string, string] => {
    const colon = text.indexOf(":");
    if (colon < 1)
      throw new CommandError(EXIT.usage, `--header: expected 'NAME: VALUE', got ${text}`);
    return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
  });
  const cookies = given.list("cookie");
  if (cookies.length > 0) fields.push(["Cookie", cookies.join("; ")]);
  const auth = given.text("auth");
  if (auth !== undefined)
    fields.push(["Authorization", `Basic ${Buffer.from(auth).toString("base64")}`]);
  return fields;
}

/** Returns the given options of TLS; `undefined` where there are none. */
export function tlsOf(given: WayGiven): ConnectionOptions | undefined {
  const tls: ConnectionOptions = {};
  for (const name of ["ca", "cert", "key"] as const) {
    const file = given.text(name);
    if (file !== undefined) tls[name] = read(file, name);
  }
  if ((tls.cert === undefined) !== (tls.key === undefined))
    throw new CommandError(EXIT.usage, "--cert and --key belong together");
  if (given.flag("insecure")) tls.rejectUnauthorized = false;
  return Object.keys(tls).length === 0 ? undefined : tls;
}

/** Returns the content of a file. @throws {CommandError} where it cannot be read. */
export function read(file: string, option: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new CommandError(EXIT.unreadable, `--${option}: ${messageOf(error)}`);
  }
}

/**
 * Returns the proxy: that of `--proxy`, or the environment's. `ws_proxy` and `wss_proxy` go before `http_proxy` and
 * `https_proxy`, and those before `all_proxy`; `no_proxy` names the hosts to reach directly.
 */
export function proxyOf(given: WayGiven, url: string): string | undefined {
  const named = given.text("proxy");
  if (named !== undefined) return named === "" ? undefined : named;
  const found = getProxyForUrl(url) || getProxyForUrl(url.replace(/^ws/, "http"));
  return found === "" ? undefined : found;
}

/** A URL as people type it: `localhost:8080`, `:8080/chat`, `https://example.com`. */
export function urlOf(typed: string, scheme: "ws" | "http"): string {
  const full = /^[a-z][a-z+]*:\/\//i.test(typed) || /^ws\+unix:/i.test(typed);
  const text = full ? typed : `${scheme}://${typed.startsWith(":") ? `localhost${typed}` : typed}`;
  const url = scheme === "ws" ? text.replace(/^http/i, "ws") : text.replace(/^ws/i, "http");
  if (!URL.canParse(url)) throw new CommandError(EXIT.usage, `${typed} is no URL`);
  return url;
}
