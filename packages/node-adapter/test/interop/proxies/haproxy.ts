import { type Site, site } from "./site.ts";

const guides: Site = {
  name: "haproxy",
  title: "HAProxy",
  file: "haproxy.cfg",
  http: ["1.1", "2"],
  install: "apt-get install haproxy",
  notes: "`timeout tunnel`",
  quick: true,
  asks: ["haproxy", "-v"],
  command: (folder) => ["haproxy", "-db", "-f", `${folder}/config`],
};

export const haproxy = site(guides);
export const haproxyH2 = site({
  ...guides,
  name: "haproxy-h2c",
  instead: { "127.0.0.1:8080": "127.0.0.1:8081 proto h2" },
  notes: "to a server that speaks HTTP/2 alone, by `proto h2`",
});
export const haproxyGzip = site({
  ...guides,
  name: "haproxy-gzip",
  quick: false,
  instead: {
    "default_backend app": "filter compression\n  compression algo gzip\n  default_backend app",
  },
  notes: "with `compression algo gzip`: `no-transform` keeps it from event streams",
});
