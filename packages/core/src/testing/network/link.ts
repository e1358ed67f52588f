import { LinkEnd } from "./link-end.ts";
import type { Clock } from "./clock.ts";
import { type LinkOptions, readLink, type Ways } from "./options.ts";

/** The parts of a link. */
interface LinkInit {
  readonly clock: Clock;
  readonly ways: Ways;
  /** Called once, when both ends are gone. */
  readonly onGone: (link: Link) => void;
}

/**
 * One connection of a network, between a client and a server. A test may make it slower, lose it, or silence it for a while.
 */
export class Link {
  /** @internal */
  readonly client: LinkEnd;
  /** @internal */
  readonly server: LinkEnd;
  /** Bytes that have left each side so far. */
  readonly sent: { client: number; server: number } = { client: 0, server: 0 };
  private ways: Ways;
  private isSilent = false;
  private ends = 2;

  /** @internal */
  constructor({ clock, ways, onGone }: LinkInit) {
    this.ways = ways;
    const endIsGone = (): void => {
      if (--this.ends === 0) onGone(this);
    };
    const isSilent = (): boolean => this.isSilent;
    this.client = new LinkEnd({
      clock,
      way: () => this.ways.toServer,
      isSilent,
      onSent: (size) => (this.sent.client += size),
      onGone: endIsGone,
    });
    this.server = new LinkEnd({
      clock,
      way: () => this.ways.toClient,
      isSilent,
      onSent: (size) => (this.sent.server += size),
      onGone: endIsGone,
    });
    this.client.join(this.server);
  }

  /** Whether the link is gone. */
  get isGone(): boolean {
    return this.ends === 0;
  }

  /** Changes how it carries what is sent from now on; what is left out stays as it is. @throws {UsageError} for what is not accepted. */
  change(options: LinkOptions): void {
    this.ways = readLink(options, this.ways);
  }

  /** Loses the link with all bytes under way: both sides get a reset at once (`ECONNRESET`). */
  lose(): void {
    this.client.lose();
    this.server.lose();
  }

  /** Delivers no bytes from now on, without an event: a pulled cable. Bytes under way, and those sent meanwhile, wait for {@link mend}. */
  silence(): void {
    this.isSilent = true;
  }

  /** Ends {@link silence}. */
  mend(): void {
    if (!this.isSilent) return;
    this.isSilent = false;
    this.client.mend();
    this.server.mend();
  }
}
