import { site } from "./site.ts";

export const varnish = site({
  name: "varnish",
  title: "Varnish",
  file: "varnish.vcl",
  http: ["1.1"],
  install: "apt-get install varnish",
  notes:
    "`vcl_pipe` puts `Upgrade` back; ends idle sockets after 60 s; readers share a stream whose `Cache-Control` lacks `no-cache`",
  asks: ["varnishd", "-V"],
  scheme: "ws",
  command: (folder, port) => [
    "varnishd",
    "-F",
    "-n",
    `${folder}/state`,
    "-f",
    `${folder}/config`,
    "-a",
    `127.0.0.1:${port}`,
    "-s",
    "malloc,16m",
  ],
});
