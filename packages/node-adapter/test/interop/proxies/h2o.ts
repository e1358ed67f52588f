import { site } from "./site.ts";

export const h2o = site({
  name: "h2o",
  title: "h2o",
  file: "h2o.conf",
  http: ["1.1", "2"],
  install: "apt-get install h2o",
  notes: "`proxy.websocket: ON`; ends idle sockets after 300 s",
  asks: ["h2o", "--version"],
  around: (text) => ({ config: `num-threads: 1\n${text}` }),
  command: (folder) => ["h2o", "-c", `${folder}/config`],
});
