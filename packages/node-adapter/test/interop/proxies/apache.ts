import { type Site, site } from "./site.ts";

const MODULES = [
  "mpm_event",
  "ssl",
  "http2",
  "proxy",
  "proxy_http",
  "authz_core",
  "socache_shmcb",
  "deflate",
  "filter",
];

const guides: Site = {
  name: "apache",
  title: "Apache httpd",
  file: "apache.conf",
  http: ["1.1", "2"],
  install: "apt-get install apache2",
  notes: "`H2WebSockets on`, `upgrade=websocket`; ends idle sockets after 60 s",
  quick: true,
  asks: ["apache2", "-v"],
  around: (text) => ({
    config: `${MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join("\n")}
ServerRoot FOLDER
ServerName localhost
PidFile FOLDER/pid
DefaultRuntimeDir FOLDER
Mutex file:FOLDER default
ErrorLog FOLDER/error.log
Listen 127.0.0.1:PORT
Include FOLDER/site.conf
`,
    "site.conf": text,
  }),
  command: (folder) => ["apache2", "-f", `${folder}/config`, "-DFOREGROUND"],
};

export const apache = site(guides);
export const apacheGzip = site({
  ...guides,
  name: "apache-gzip",
  quick: false,
  instead: {
    ProxyPreserveHost: "AddOutputFilterByType DEFLATE text/event-stream\n  ProxyPreserveHost",
  },
  notes: "with mod_deflate for `text/event-stream`, which Debian's own types are not",
});
