/**
 * Many processes with their sockets, and a broker between them, in one process and virtual time. The tables of subscriptions, the envelopes, what is dropped as
 * double and the presence of each process are those of the library; the broker is a table of who wants what, and sockets are numbers.
 */
import { Deduplicator } from "../src/topics/deduplicator.ts";
import { decodeEnvelope, encodeEnvelope, type EnvelopeKind, hex } from "../src/topics/envelope.ts";
import { Presence } from "../src/topics/presence.ts";
import {
  decodePresence,
  encodePresence,
  type PresenceMessage,
} from "../src/topics/presence-message.ts";
import { Subscriptions } from "../src/topics/subscriptions.ts";

/** The cluster of a simulation, and the load on it. */
export interface Plan {
  readonly processes: number;
  readonly sockets: number;
  /** Each socket is in one room. */
  readonly rooms: number;
  /** So many processes a room may be spread over; a proxy that gives connections to any process spreads it over all. */
  readonly spread: number;
  /** Messages that each room gets, per second. */
  readonly rate: number;
  readonly payload: number;
  /** The share of sockets that leaves and comes back, per second, until shortly before a process is killed. */
  readonly churn: number;
  /** Of virtual time. */
  readonly seconds: number;
  /** Between two reports of presence, in milliseconds. */
  readonly interval: number;
  readonly random: () => number;
}

/** The measurements of a simulation. */
export interface Outcome {
  /** Subscriptions at the broker. */
  readonly interests: number;
  /** Of the process that has most. */
  readonly interestsOfOne: number;
  /** Messages that were published, that came to the broker, and that left it. */
  readonly published: number;
  readonly intoBroker: number;
  readonly outOfBroker: number;
  readonly outBytes: number;
  /** Messages that sockets got, and that they should have got. */
  readonly delivered: number;
  readonly expected: number;
  /** Bytes of reports of presence that processes were handed, but for those at the start: what grows with the counts in them, and what does not. */
  readonly countBytes: number;
  readonly signBytes: number;
  /** Counts of others' topics that one process keeps, of the process that keeps most. */
  readonly countsKept: number;
  /** How long after a process was killed all others counted right, in milliseconds of virtual time; `undefined` where they never did. */
  readonly settled: number | undefined;
  readonly duplicates: number;
}

interface Sock {
  readonly room: string;
  home: Process;
}

class Process {
  readonly origin: string;
  readonly table: Subscriptions<Sock>;
  readonly presence: Presence;
  readonly deduplicator: Deduplicator;
  isAlive = true;
  private sequence = 0;
  private readonly broker: Broker;

  constructor(at: number, broker: Broker) {
    this.origin = hex(Uint8Array.of(0, 0, 0, 0, 0, 0, at >> 8, at & 255));
    this.broker = broker;
    this.table = new Subscriptions({
      wanted: (room) => {
        broker.interests.add(this, room);
      },
      unwanted: (room) => {
        broker.interests.remove(this, room);
        this.deduplicator.forgetTopic(room);
      },
    });
    this.deduplicator = new Deduplicator(this.origin);
    this.presence = new Presence({
      say: (message: PresenceMessage) => {
        this.send(CONTROL, "control", encoder.encode(encodePresence(message)));
      },
      gone: (origin) => {
        this.deduplicator.forgetOrigin(origin);
      },
    });
  }

  send(topic: string, kind: EnvelopeKind, payload: Uint8Array): void {
    const { origin } = this;
    const bytes = encodeEnvelope({ kind, origin, sequence: ++this.sequence, payload });
    this.broker.publish(topic, bytes);
  }

  join(socket: Sock): void {
    socket.home = this;
    this.table.add(socket, socket.room);
    this.presence.set(socket.room, this.table.count(socket.room));
  }

  leave(socket: Sock): void {
    this.table.remove(socket, socket.room);
    this.presence.set(socket.room, this.table.count(socket.room));
  }
}

const CONTROL = "$control";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Hands each message to those who want it, in order. */
class Broker {
  readonly interests = new Subscriptions<Process>({ wanted: () => {}, unwanted: () => {} });
  now = 0;
  into = 0;
  out = 0;
  outBytes = 0;
  countBytes = 0;
  signBytes = 0;
  delivered = 0;
  private readonly waiting: [topic: string, bytes: Uint8Array][] = [];
  private isHanding = false;

  publish(topic: string, bytes: Uint8Array): void {
    this.waiting.push([topic, bytes]);
    if (this.isHanding) return;
    this.isHanding = true;
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift())
      this.hand(...next);
    this.isHanding = false;
  }

  private hand(topic: string, bytes: Uint8Array): void {
    const { kind, origin, sequence, payload } = decodeEnvelope(bytes)!;
    const report = kind === "control" ? decodePresence(decoder.decode(payload)) : undefined;
    if (report === undefined) this.into++;
    const counts = report !== undefined && "counts" in report ? report.counts : [];
    const growing = counts.length === 0 ? 0 : JSON.stringify(counts).length;
    for (const process of this.interests.receivers(topic)) {
      // As with nats and redis, a message also comes back to its sender, which drops it.
      if (report === undefined) {
        this.out++;
        this.outBytes += bytes.length + topic.length;
      } else {
        this.countBytes += growing;
        this.signBytes += bytes.length + topic.length - growing;
      }
      if (!process.deduplicator.admit(topic, origin, sequence)) continue;
      if (report === undefined) this.delivered += process.table.receivers(topic).size;
      else process.presence.receive(origin, report, process.origin);
    }
  }
}

/** Lives through a plan; at half of it one process is killed, and its sockets come back to others. */
export function simulate(plan: Plan): Outcome {
  const { random, seconds, interval, churn, rate } = plan;
  const broker = new Broker();
  const processes = Array.from({ length: plan.processes }, (_, at) => {
    const process = new Process(at, broker);
    broker.interests.add(process, CONTROL);
    return process;
  });
  const sockets: Sock[] = [];
  const byRoom = new Map<string, number>();
  const pick = (room: string): Process => {
    // The processes of a room are the ones after its number, as by a hash.
    const first = Number(room.slice(5));
    for (;;) {
      const at = (first + Math.floor(random() * plan.spread)) % plan.processes;
      if (processes[at]!.isAlive) return processes[at]!;
      if (plan.spread === 1) return processes[(at + 1) % plan.processes]!;
    }
  };
  fill(plan, sockets, byRoom, pick, processes[0]!);
  for (const { presence } of processes) presence.start();

  const rooms = [...byRoom.keys()];
  const payload = new Uint8Array(plan.payload);
  let [published, expected] = [0, 0];
  let settled: number | undefined;
  const killedAt = (seconds * 1000) / 2;
  const STEP = 100; // milliseconds
  for (broker.now = 0; broker.now < seconds * 1000; broker.now += STEP) {
    const { now } = broker;
    if (now === 3 * interval) broker.countBytes = broker.signBytes = 0; // what all ask of each other at the start
    if (now === killedAt) kill(processes[processes.length >> 1]!, broker, sockets, pick);
    for (const [at, { presence, isAlive }] of processes.entries())
      if (isAlive && (now + at * 37) % interval < STEP) presence.tick();
    const isMoving = now < killedAt - 2 * interval; // after that, whether all count right
    for (
      let left = isMoving ? sockets.length * churn * (STEP / 1000) : 0;
      left > random();
      left--
    ) {
      const socket = sockets[Math.floor(random() * sockets.length)]!;
      socket.home.leave(socket);
      pick(socket.room).join(socket);
    }
    for (let left = rooms.length * rate * (STEP / 1000); left > random(); left--) {
      const room = rooms[Math.floor(random() * rooms.length)]!;
      const publisher = pick(room);
      published++;
      expected += byRoom.get(room)!;
      broker.delivered += publisher.table.receivers(room).size; // here, without the broker
      publisher.send(room, "text", payload);
    }
    if (now > killedAt && settled === undefined && isRight(processes, byRoom))
      settled = now - killedAt;
  }
  const living = processes.filter(({ isAlive }) => isAlive);
  const own = living.map(({ table }) => new Set(table.wanted()).size);
  return {
    interests: own.reduce((total, one) => total + one, 0),
    interestsOfOne: Math.max(...own),
    published,
    intoBroker: broker.into,
    outOfBroker: broker.out,
    outBytes: broker.outBytes,
    delivered: broker.delivered,
    expected,
    countBytes: broker.countBytes,
    signBytes: broker.signBytes,
    countsKept: own.reduce((total, one) => total + one, 0) - Math.min(...own),
    settled,
    duplicates: living.reduce((total, { deduplicator }) => total + deduplicator.duplicates, 0),
  };
}

function fill(
  { sockets: count, rooms, random }: Plan,
  sockets: Sock[],
  byRoom: Map<string, number>,
  pick: (room: string) => Process,
  home: Process,
): void {
  for (let at = 0; at < count; at++) {
    // A few rooms are large and most are small: sizes fall as a power.
    const room = `room/${Math.floor(rooms * random() ** 2)}`;
    const socket: Sock = { room, home };
    sockets.push(socket);
    byRoom.set(room, (byRoom.get(room) ?? 0) + 1);
    pick(room).join(socket);
  }
}

function kill(
  victim: Process,
  broker: Broker,
  sockets: readonly Sock[],
  pick: (room: string) => Process,
): void {
  victim.isAlive = false;
  broker.interests.removeAll(victim);
  for (const socket of sockets) if (socket.home === victim) pick(socket.room).join(socket);
}

/** Whether all that live count every room right. */
function isRight(processes: readonly Process[], byRoom: ReadonlyMap<string, number>): boolean {
  return processes.every(({ isAlive, presence }) => {
    if (!isAlive) return true;
    for (const [room, count] of byRoom) if (presence.count(room) !== count) return false;
    return true;
  });
}
