import { type Site, site } from "./site.ts";

/** Debian has its modules in packages of their own: without one it does not start. */
const asks = (module: string): Site["asks"] => [
  "sh",
  "-c",
  `test -e /usr/lib/lighttpd/${module}.so && lighttpd -v`,
];

const guides: Site = {
  name: "lighttpd",
  title: "lighttpd",
  file: "lighttpd.conf",
  http: ["1.1", "2"],
  install: "apt-get install lighttpd lighttpd-mod-openssl",
  notes:
    "`server.stream-response-body = 1`; eight sockets an HTTP/2 session, all with one key; ends idle ones after 60 s",
  quick: true,
  asks: asks("mod_openssl"),
  around: (text) => ({
    config: `server.document-root = "FOLDER"
server.port = PORT
server.bind = "127.0.0.1"
${text.replace('":443"', '"127.0.0.1:443"')}`,
  }),
  command: (folder) => ["lighttpd", "-D", "-f", `${folder}/config`],
};

export const lighttpd = site(guides);
export const lighttpdGzip = site({
  ...guides,
  name: "lighttpd-gzip",
  asks: asks("mod_deflate"),
  quick: false,
  install: "apt-get install lighttpd lighttpd-mod-openssl lighttpd-mod-deflate",
  instead: {
    '"mod_proxy")':
      '"mod_proxy", "mod_deflate")\ndeflate.mimetypes = ("text/")\ndeflate.allowed-encodings = ("gzip")',
  },
  notes: "with mod_deflate for all text",
});
