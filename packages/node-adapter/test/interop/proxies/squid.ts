import { site } from "./site.ts";

export const squid = site({
  name: "squid",
  title: "Squid",
  file: "squid.conf",
  http: ["1.1"],
  install: "apt-get install squid",
  notes: "`http_upgrade_request_protocols websocket`, in lower case",
  asks: ["squid", "-v"],
  around: (text) => ({
    config: `${text}
visible_hostname localhost
cache_log /dev/null
access_log none
pid_filename none
netdb_filename none
coredump_dir FOLDER
shutdown_lifetime 0 seconds
`,
  }),
  command: (folder) => ["squid", "-N", "-f", `${folder}/config`],
});
