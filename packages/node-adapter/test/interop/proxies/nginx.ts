import { type Site, site } from "./site.ts";

const guides: Site = {
  name: "nginx",
  title: "nginx",
  file: "nginx.conf",
  http: ["1.1", "2"],
  install: "apt-get install nginx",
  notes: "ends idle sockets after 60 s (`proxy_read_timeout`); takes `X-Accel-Buffering` out",
  quick: true,
  asks: ["nginx", "-v"],
  around: (text) => ({
    config: `worker_processes 1;
pid FOLDER/pid;
error_log FOLDER/error.log;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path FOLDER; proxy_temp_path FOLDER; fastcgi_temp_path FOLDER; uwsgi_temp_path FOLDER; scgi_temp_path FOLDER;
  include FOLDER/site.conf;
}
`,
    "site.conf": text,
  }),
  command: (folder) => [
    "nginx",
    "-e",
    `${folder}/error.log`,
    "-p",
    folder,
    "-c",
    `${folder}/config`,
    "-g",
    "daemon off;",
  ],
};

export const nginx = site(guides);
export const nginxGzip = site({
  ...guides,
  name: "nginx-gzip",
  quick: false,
  instead: {
    "location / {": "gzip on; gzip_proxied any; gzip_types text/event-stream;\n  location / {",
  },
  notes:
    "with `gzip_types text/event-stream`, which its defaults do not have: compressed, whatever `no-transform` says, and flushed",
});
