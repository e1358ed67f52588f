import { type Site, site } from "./site.ts";

const guides: Site = {
  name: "nghttpx",
  title: "nghttpx",
  file: "nghttpx.conf",
  http: ["1.1", "2"],
  install: "apt-get install nghttp2-proxy",
  notes: "ends idle sockets after 60 s",
  asks: ["nghttpx", "--version"],
  command: (folder) => ["nghttpx", `--conf=${folder}/config`],
};

export const nghttpx = site(guides);
export const nghttpxH2 = site({
  ...guides,
  name: "nghttpx-h2c",
  instead: { "127.0.0.1,8080": "127.0.0.1,8081;;proto=h2" },
  notes: "with `proto=h2` behind: never ends a stream, so that a close waits two seconds",
});
