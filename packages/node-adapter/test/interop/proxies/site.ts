/** Proxies that stand in front of a server, by the configuration that the guide to deployment shows: docs/deploy/FILE. */
import { authority, localhost } from "../certificates.ts";
import type { Backends, Proxy } from "../peer.ts";
import { freePort, start, textOf, versionOf } from "../processes.ts";

/** The certificate files that a guide's configuration names; a run has them in its own folder. */
const CERTIFICATES = {
  "cert.pem": localhost.cert,
  "key.pem": localhost.key,
  "both.pem": `${localhost.cert}${localhost.key}`,
  "authority.pem": authority,
};

/** A proxy in front of a server, as a file of `proxies/` describes it. */
export interface Site {
  readonly name: string;
  /** How people call it. */
  readonly title: string;
  /** The file of docs/deploy. */
  readonly file: string;
  /** Other settings than the guide's, for one more row: what to write in place of what. */
  readonly instead?: Readonly<Record<string, string>>;
  readonly http: readonly string[];
  readonly install: string;
  readonly notes: string;
  readonly quick?: boolean;
  /** The command that prints its version. */
  readonly asks: readonly [command: string, ...args: string[]];
  /** The configuration files: the guide's text, with the settings that the system's own file would add. PORT is a free port. */
  around?(text: string): Record<string, string>;
  command(folder: string, port: number): readonly string[];
  readonly scheme?: "ws" | "wss";
}

/** The text with this machine's ports and folders in it. */
function localised(text: string, port: number, { h1, h2c }: Backends, folder = "FOLDER"): string {
  return text
    .replaceAll("/etc/ssl/site/", `${folder}/`)
    .replaceAll(/\b8080\b/g, String(h1))
    .replaceAll(/\b8081\b/g, String(h2c))
    .replaceAll(/\b(?:443|PORT)\b/g, String(port));
}

/** @throws {Error} where the guide's file has not what is to be replaced. */
function changed(text: string, instead: Readonly<Record<string, string>>): string {
  let result = text;
  for (const [from, to] of Object.entries(instead)) {
    if (!result.includes(from))
      throw new Error(`there is no ${JSON.stringify(from)} in the guide's file`);
    result = result.replace(from, to);
  }
  return result;
}

export function site(given: Site): Proxy {
  const { name, title, http, install, notes, quick = false, asks, scheme = "wss" } = given;
  return {
    name,
    role: "proxy",
    http,
    install,
    notes,
    quick,
    version: () => versionOf(title, ...asks),
    async start(backends) {
      const port = await freePort();
      const text = changed(textOf(`docs/deploy/${given.file}`), given.instead ?? {});
      const files = Object.entries(given.around?.(text) ?? { config: text }).map(
        ([file, content]) => [file, localised(content, port, backends)],
      );
      const program = await start((folder) => given.command(folder, port), {
        files: { ...CERTIFICATES, ...Object.fromEntries(files) },
        ports: [port],
      });
      return { url: `${scheme}://localhost:${port}`, program };
    },
  };
}
