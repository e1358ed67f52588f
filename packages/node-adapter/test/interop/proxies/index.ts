import type { Proxy } from "../peer.ts";
import { apache, apacheGzip } from "./apache.ts";
import { caddy, caddyGzip } from "./caddy.ts";
import { forwards } from "./forward.ts";
import { h2o } from "./h2o.ts";
import { haproxy, haproxyH2, haproxyGzip } from "./haproxy.ts";
import { lighttpd, lighttpdGzip } from "./lighttpd.ts";
import { mitmproxy } from "./mitmproxy.ts";
import { nghttpx, nghttpxH2 } from "./nghttpx.ts";
import { nginx, nginxGzip } from "./nginx.ts";
import { squid } from "./squid.ts";
import { varnish } from "./varnish.ts";

export const proxies: readonly Proxy[] = [
  ...[nginx, haproxy, haproxyH2, apache, lighttpd, caddy],
  ...[varnish, squid, nghttpx, nghttpxH2, h2o, mitmproxy],
  ...[nginxGzip, haproxyGzip, apacheGzip, lighttpdGzip, caddyGzip],
  ...forwards,
];
