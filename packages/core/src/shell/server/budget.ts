import { checkNames } from "../../names.ts";
import type { Refusal } from "../../opening.ts";
import { UsageError } from "../../violation.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { holdReading, releaseReading } from "../websocket/hold-reading.ts";
import type { ConnectionAccount, Session } from "../websocket/session.ts";
import { networkOf } from "./network.ts";

/** Limits on all connections of a server together. */
export interface BudgetOptions {
  /**
   * The most output that may wait, in bytes over all connections. Beyond it the server drops the connection that is furthest behind, after an `error`
   * event, and then the next; but none with less than 64 KiB waiting, and not one that alone has all of it, since `maxBufferedBytes` bounds that one.
   * From an eighth of it on, the server reads from a peer no more than the peer takes, once that is 64 KiB behind.
   * @defaultValue 33_554_432 (32 MiB): two connections with the most output that may wait for one
   */
  readonly bufferedBytes?: number | undefined;
  /** The most connections, from their opening request on; the server refuses others with 503. @defaultValue no limit: file descriptors have one */
  readonly connections?: number | undefined;
  /** The most connections from one address, or IPv6 network of 64 bits; the server refuses others with 429. @defaultValue no limit: behind a proxy all have one address */
  readonly connectionsPerAddress?: number | undefined;
  /** The most messages to read in a second; then the server waits for the next second, after at most one message of each connection. @defaultValue no limit */
  readonly messagesPerSecond?: number | undefined;
}

/** The part of a server's budget that is taken now, and how often a limit applied. */
export interface BudgetCounters {
  readonly connections: number;
  /** Output that waits, in bytes. */
  readonly bufferedBytes: number;
  /** Refused opening requests. */
  readonly refused: number;
  /** Connections dropped since too much output waited. */
  readonly dropped: number;
  /** How often reading had to wait. */
  readonly delayed: number;
}

const NAMES = [
  "bufferedBytes",
  "connections",
  "connectionsPerAddress",
  "messagesPerSecond",
] as const;
type Limits = { [Name in (typeof NAMES)[number]]: number };

const DEFAULT_BYTES = 33_554_432;
const LITTLE = 65_536;
/** The part of the budget beyond which peers that are behind are read no faster than they take. */
const SLOWING = 1 / 8;
const SECOND = 1000;

/** Counts the output, connections and messages of a server, and enforces its limits. */
export class Budget implements BudgetCounters {
  connections = 0;
  bufferedBytes = 0;
  refused = 0;
  dropped = 0;
  delayed = 0;
  private readonly runtime: Runtime;
  private readonly most: Limits;
  private readonly behind = new Set<Account>(); // those that had output waiting once: most never have
  private readonly addresses = new Map<string, number>();
  private readonly held = new Set<Account>();
  private read = 0; // messages, in this second
  private second: unknown = undefined; // its timer
  private dropping = false;
  /** Whether so much waits that peers which are behind are read no faster than they take. */
  slows = false;
  private readonly slowed = new Set<Account>();

  /** @throws {UsageError} for options that are no budget. */
  constructor(runtime: Runtime, options: BudgetOptions = {}) {
    this.runtime = runtime;
    this.most = readBudget(options);
  }

  /** Admits a connection. Returns its account, or a refusal. */
  admit(session: Session, address: string | undefined): ConnectionAccount | Refusal {
    const { connections, connectionsPerAddress } = this.most;
    const network = connectionsPerAddress === Infinity ? "" : networkOf(address);
    const fromThere = this.addresses.get(network) ?? 0;
    if (this.connections >= connections) {
      this.refused++;
      return { status: 503, body: "The server has as many connections as it takes" };
    }
    if (network !== "" && fromThere >= connectionsPerAddress) {
      this.refused++;
      return { status: 429, body: "There are as many connections from this address as are taken" };
    }
    this.connections++;
    if (network !== "") this.addresses.set(network, fromThere + 1);
    return new Account(this, session, network);
  }

  /** Adds `bytes`, by which `account` has changed, to the output that waits. */
  changed(account: Account, bytes: number): void {
    if (account.bytes > 0) this.behind.add(account);
    this.bufferedBytes += bytes;
    this.notice();
    if (bytes <= 0 || this.dropping || this.bufferedBytes <= this.most.bufferedBytes) return;
    this.dropping = true;
    // Later: the connection that writes now must not be dropped within its own call.
    this.runtime.queueMicrotask(() => {
      this.dropping = false;
      while (this.bufferedBytes > this.most.bufferedBytes && this.dropWorst());
    });
  }

  /** Notes whether much waits; where it does not, every peer is read on. */
  private notice(): void {
    this.slows = this.bufferedBytes >= this.most.bufferedBytes * SLOWING;
    if (!this.slows && this.slowed.size > 0)
      for (const account of this.slowed) this.quicken(account);
  }

  /** Counts a message that `account` has read. */
  count(account: Account): void {
    const { messagesPerSecond } = this.most;
    if (messagesPerSecond === Infinity) return;
    this.second ??= this.startSecond();
    if (++this.read < messagesPerSecond) return;
    this.delayed++;
    this.held.add(account);
    holdReading(account.session, this);
  }

  /**
   * Reads nothing from a peer until it has taken some output (attack: a flood whose echoes are never read, on many connections, fills the
   * memory with what waits and with what the runtime has not collected yet).
   */
  slow(account: Account): void {
    const { driver } = account.session;
    if (driver?.connection.state !== "open") return; // the close frame that it waits for must come
    this.delayed++;
    this.slowed.add(account);
    driver.holdInput();
  }

  /** Reads on, if reading was held. */
  quicken(account: Account): void {
    if (!this.slowed.delete(account)) return;
    account.taken = account.heard = 0;
    account.session.driver?.releaseInput();
  }

  forget(account: Account): void {
    this.behind.delete(account);
    this.held.delete(account);
    this.slowed.delete(account);
    this.bufferedBytes -= account.bytes;
    this.notice();
    this.connections--;
    const left = (this.addresses.get(account.network) ?? 0) - 1;
    if (left > 0) this.addresses.set(account.network, left);
    else this.addresses.delete(account.network);
  }

  private startSecond(): unknown {
    return this.runtime.setTimeout(() => {
      this.second = undefined;
      this.read = 0;
      for (const account of this.held) {
        if (this.read >= this.most.messagesPerSecond) break;
        this.held.delete(account);
        releaseReading(account.session, this);
      }
      if (this.held.size > 0) this.second ??= this.startSecond();
    }, SECOND);
  }

  /** Drops the connection that is furthest behind. Returns whether there was one. */
  private dropWorst(): boolean {
    let worst: Account | undefined;
    for (const account of this.behind)
      if (worst === undefined || account.bytes > worst.bytes) worst = account;
    if (worst === undefined || worst.bytes < LITTLE || worst.bytes === this.bufferedBytes)
      return false;
    this.dropped++;
    worst.drop(this.most.bufferedBytes);
    return true;
  }
}

/** Returns the present counters of `budget` as an object that shows nothing else, for logs: as JSON, and copied. */
export const countersOf = (budget: Budget): BudgetCounters => ({
  get connections() {
    return budget.connections;
  },
  get bufferedBytes() {
    return budget.bufferedBytes;
  },
  get refused() {
    return budget.refused;
  },
  get dropped() {
    return budget.dropped;
  },
  get delayed() {
    return budget.delayed;
  },
});

const DEFAULTS: Limits = {
  bufferedBytes: DEFAULT_BYTES,
  connections: Infinity,
  connectionsPerAddress: Infinity,
  messagesPerSecond: Infinity,
};
const keyOf = (limits: Limits): string => NAMES.map((name) => limits[name]).join();
const DEFAULT_KEY = keyOf(DEFAULTS);

const shared = new WeakMap<Runtime, Map<string, Budget>>();

/**
 * Returns the budget of connections that belong to no server: all with the same limits share one in the process.
 * @throws {UsageError} for options that are no budget.
 */
export function sharedBudget(runtime: Runtime, options?: BudgetOptions): Budget {
  const limits = options === undefined ? DEFAULTS : readBudget(options);
  const key = limits === DEFAULTS ? DEFAULT_KEY : keyOf(limits);
  let known = shared.get(runtime);
  if (known === undefined) shared.set(runtime, (known = new Map()));
  let budget = known.get(key);
  if (budget === undefined) known.set(key, (budget = new Budget(runtime, limits)));
  return budget;
}

/** One connection's part of a budget. */
class Account implements ConnectionAccount {
  bytes = 0;
  readonly session: Session;
  readonly network: string;
  private readonly budget: Budget;
  private state: "counted" | "dropped" | "released" = "counted";
  /** Bytes read while more than a little output waited, since then. */
  declare heard: number; // on the prototype: few are behind
  /** Bytes of output that have left in that time. */
  declare taken: number;

  constructor(budget: Budget, session: Session, network: string) {
    this.budget = budget;
    this.session = session;
    this.network = network;
  }

  report(bytes: number): void {
    const { bytes: before } = this;
    if (bytes === before || this.state !== "counted") return;
    this.bytes = bytes;
    this.budget.changed(this, bytes - before);
    if (this.heard === 0) return;
    if (bytes < before) this.taken += before - bytes;
    if (bytes >= LITTLE && this.taken < LITTLE) return;
    this.heard = this.taken = 0;
    this.budget.quicken(this);
  }

  received(bytes: number): void {
    if (!this.budget.slows || this.bytes < LITTLE || this.state !== "counted") return;
    const { heard } = this;
    this.heard = heard + bytes;
    if (heard <= LITTLE && this.heard > LITTLE) this.budget.slow(this);
  }

  message(): void {
    this.budget.count(this);
  }

  release(): void {
    if (this.state === "released") return;
    this.state = "released";
    this.budget.forget(this);
  }

  drop(limit: number): void {
    const { session, bytes } = this;
    const text = `All readers of the server together are more than ${limit} bytes behind (budget.bufferedBytes), and this one is furthest, by ${bytes}`;
    this.report(0);
    this.state = "dropped";
    session.fail(text, Object.assign(new Error(text), { code: "budget-exceeded" }), true);
    session.driver?.connection.terminate();
  }
}

Object.assign(Account.prototype, { heard: 0, taken: 0 });

function readBudget(options: unknown): Limits {
  if (typeof options !== "object" || options === null)
    throw new UsageError(`budget: expected { ${NAMES.join(", ")} }, got ${String(options)}`);
  checkNames("budget", options, NAMES);
  const most = { ...DEFAULTS };
  for (const name of NAMES) {
    const { [name]: value } = options as BudgetOptions;
    if (value === undefined) continue;
    if (value !== Infinity && !(Number.isSafeInteger(value) && value > 0))
      throw new UsageError(
        `budget.${name}: expected a whole number above 0, or Infinity, got ${String(value)}`,
      );
    most[name] = value;
  }
  return most;
}
