import { type Site, site } from "./site.ts";

const guides: Site = {
  name: "caddy",
  title: "Caddy",
  file: "Caddyfile",
  http: ["1.1", "2"],
  install: "apt-get install caddy",
  notes: "no idle limit; on reload sends the server an unmasked close frame, which ends with 1002",
  quick: true,
  asks: ["caddy", "version"],
  around: (text) => ({ Caddyfile: `{\n\tadmin off\n\tauto_https disable_redirects\n}\n${text}` }),
  command: (folder) => [
    "env",
    `HOME=${folder}`,
    "caddy",
    "run",
    "--config",
    `${folder}/Caddyfile`,
    "--adapter",
    "caddyfile",
  ],
};

export const caddy = site(guides);
export const caddyGzip = site({
  ...guides,
  name: "caddy-gzip",
  quick: false,
  instead: { reverse_proxy: "encode gzip\n\treverse_proxy" },
  notes: "with `encode gzip`",
});
