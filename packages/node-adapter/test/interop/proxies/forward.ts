/** Proxies that stand in front of a client: it asks them for a tunnel by CONNECT. */
import type { Proxy } from "../peer.ts";
import { freePort, start, versionOf } from "../processes.ts";

interface Tunnel {
  readonly name: string;
  readonly title: string;
  readonly install: string;
  readonly notes?: string;
  readonly quick?: boolean;
  readonly asks: readonly [command: string, ...args: string[]];
  readonly config?: (port: number) => string;
  command(folder: string, port: number): readonly string[];
}

const tunnel = ({
  name,
  title,
  install,
  notes = "",
  quick = false,
  asks,
  config,
  command,
}: Tunnel): Proxy => ({
  name,
  role: "client's proxy",
  http: ["1.1"],
  install,
  notes,
  quick,
  version: () => versionOf(title, ...asks),
  async start() {
    const port = await freePort();
    const program = await start((folder) => command(folder, port), {
      files: { config: config?.(port) ?? "" },
      ports: [port],
    });
    return { url: `http://127.0.0.1:${port}`, program };
  },
});

export const forwards: readonly Proxy[] = [
  tunnel({
    name: "tinyproxy",
    title: "tinyproxy",
    install: "apt-get install tinyproxy",
    notes: "`Timeout` (600 s by its default) ends sockets on which nothing is said",
    asks: ["tinyproxy", "-v"],
    config: (port) => `Port ${port}\nListen 127.0.0.1\nTimeout 60\nLogLevel Critical\n`,
    command: (folder) => ["tinyproxy", "-d", "-c", `${folder}/config`],
  }),
  tunnel({
    name: "squid-connect",
    title: "Squid",
    install: "apt-get install squid",
    notes: "its own configuration allows CONNECT to port 443 alone: `SSL_ports`",
    asks: ["squid", "-v"],
    config: (port) =>
      `http_port 127.0.0.1:${port}\nhttp_access allow all\ncache deny all\ncache_log /dev/null\naccess_log none\npid_filename none\nnetdb_filename none\ncoredump_dir FOLDER\nshutdown_lifetime 0 seconds\n`,
    command: (folder) => ["squid", "-N", "-f", `${folder}/config`],
  }),
  tunnel({
    name: "mitmproxy-connect",
    title: "mitmproxy",
    install: "apt-get install mitmproxy",
    notes: "looks into the tunnel, and passes pings on",
    asks: ["mitmdump", "--version"],
    command: (folder, port) => [
      "env",
      `HOME=${folder}`,
      "mitmdump",
      "--listen-host",
      "127.0.0.1",
      "--listen-port",
      String(port),
    ],
  }),
  tunnel({
    name: "apache-connect",
    title: "Apache httpd",
    install: "apt-get install apache2",
    notes: "`mod_proxy_connect`, with the port in `AllowCONNECT`: 443 and 563 without it",
    asks: ["apache2", "-v"],
    config: (
      port,
    ) => `${["mpm_event", "proxy", "proxy_connect", "authz_core"].map((one) => `LoadModule ${one}_module /usr/lib/apache2/modules/mod_${one}.so`).join("\n")}
ServerRoot FOLDER
ServerName localhost
PidFile FOLDER/pid
DefaultRuntimeDir FOLDER
ErrorLog FOLDER/error.log
Listen 127.0.0.1:${port}
ProxyRequests on
AllowCONNECT 1-65535
`,
    command: (folder) => ["apache2", "-f", `${folder}/config`, "-DFOREGROUND"],
  }),
];
