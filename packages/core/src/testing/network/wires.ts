import type { Connector } from "../../shell/transport/connector.ts";
import type { Clock } from "./clock.ts";
import { Link } from "./link.ts";
import { type LinkEnd, systemError } from "./link-end.ts";
import { type LinkOptions, readLink, type Ways } from "./options.ts";

/** The first port for a server without one: IANA calls it and those above dynamic. */
const FIRST_PORT = 49_152;

/** A server of the network. */
export interface Host {
  readonly secure: boolean;
  /** Takes a connection. */
  receive(end: LinkEnd, secure: boolean): void;
  /** Answers an ordinary request. */
  answer(request: Request): Promise<Response>;
}

/** The listening servers of a network, and its connections. */
export class Wires {
  readonly links: Set<Link> = new Set();
  isDown = false;
  private readonly clock: Clock;
  private readonly hosts = new Map<number, Host>();
  private ways: Ways;
  private nextPort = FIRST_PORT;

  constructor(clock: Clock, ways: Ways) {
    this.clock = clock;
    this.ways = ways;
  }

  change(options: LinkOptions): void {
    this.ways = readLink(options, this.ways);
    for (const link of this.links) link.change(options);
  }

  /** @returns the port @throws an error of the system's kind where it is taken */
  listen(asked: number, host: Host): number {
    const port = asked === 0 ? this.nextPort++ : asked;
    if (this.hosts.has(port)) throw systemError("EADDRINUSE", "listen");
    this.hosts.set(port, host);
    return port;
  }

  leave(port: number): void {
    this.hosts.delete(port);
  }

  /** Connects to the server of a URL: the port identifies it, whatever its host name. */
  dial(url: URL): Connector {
    return this.connect(url, (host, link) => {
      host.receive(link.server, host.secure);
    }).client;
  }

  /** The same for those who take the connection by another way. */
  connect({ protocol, port }: URL, arrived: (host: Host, link: Link) => void): Link {
    const secure = protocol === "wss:" || protocol === "https:";
    const number = port === "" ? (secure ? 443 : 80) : Number(port);
    const { clock } = this;
    const link = new Link({
      clock,
      ways: this.ways,
      onGone: (gone) => {
        this.links.delete(gone);
      },
    });
    const { toServer, toClient } = this.ways;
    this.links.add(link);
    clock.carry(() => {
      const { client, server } = link;
      if (client.destroyed) return server.lose();
      const cause = this.problem(number, secure);
      if (cause !== undefined) {
        server.lose();
        return void clock.carry(() => {
          client.fail(cause);
        }, toClient.latency);
      }
      arrived(this.hosts.get(number)!, link);
      server.connected();
      clock.carry(() => {
        if (client.destroyed) server.lose();
        else client.connected();
      }, toClient.latency);
    }, toServer.latency);
    return link;
  }

  private problem(port: number, secure: boolean): Error | undefined {
    if (this.isDown) return systemError("ENETUNREACH", "connect");
    const host = this.hosts.get(port);
    if (host === undefined) return systemError("ECONNREFUSED", "connect");
    return host.secure === secure ? undefined : systemError("ECONNRESET", "read");
  }
}
