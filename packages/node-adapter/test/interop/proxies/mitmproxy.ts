import { localhost } from "../certificates.ts";
import type { Proxy } from "../peer.ts";
import { freePort, start, versionOf } from "../processes.ts";

/** In front of a server, as its `--mode reverse`, since that is how traffic is looked at without the client's knowledge. */
export const mitmproxy: Proxy = {
  name: "mitmproxy",
  role: "proxy",
  http: ["1.1", "2"],
  install: "apt-get install mitmproxy",
  notes:
    "`mitmdump --mode reverse:http://127.0.0.1:8080 --set stream_large_bodies=1`; without the last it collects an event stream to its end",
  quick: false,
  version: () => versionOf("mitmproxy", "mitmdump", "--version"),
  async start({ h1 }) {
    const port = await freePort();
    const program = await start(
      (folder) => [
        ...[
          "env",
          `HOME=${folder}`,
          "mitmdump",
          "--listen-host",
          "127.0.0.1",
          "--listen-port",
          String(port),
        ],
        ...[
          "--mode",
          `reverse:http://127.0.0.1:${h1}`,
          "--set",
          "keep_host_header=true",
          "--set",
          "stream_large_bodies=1",
        ],
        ...["--certs", `${folder}/both.pem`],
      ],
      { files: { "both.pem": `${localhost.key}${localhost.cert}` }, ports: [port] },
    );
    return { url: `wss://localhost:${port}`, program };
  },
};
