import type { ClientConnection, ServerConnection } from "../src/connection/contract.ts";
import { prepare } from "../src/connection/send/prepared.ts";
import { permessageDeflate } from "../src/extension/permessage-deflate.ts";
import type { Extension } from "../src/extension/extension.ts";
import { acceptKeyOf } from "../src/handshake/accept-key.ts";
import { createClientConnection, createServerConnection } from "../src/index.ts";
import type { OpeningRequest } from "../src/opening.ts";
import { resolveOptions } from "../src/options.ts";
import { recordClientConnection, recordServerConnection } from "../src/trace/record/websocket.ts";
import type { RecordOptions } from "../src/trace/record/sink.ts";
import { openingHead, utf8 } from "../src/testing/wire/bytes.ts";
import { createTestPlatform } from "../src/testing/platform.ts";
import { joinBytes } from "../src/testing/recorder.ts";
import { UsageError } from "../src/violation.ts";
import type { Operation, Script } from "./script.ts";
import { complaintsAbout } from "./sent.ts";
import { SlowCompression } from "./slow-compression.ts";
import { World } from "./world.ts";

/** Beyond what is still read, written or sent, what one run may have allocated. */
const MEMORY = 2 * 1024 * 1024;

/** Runs a script, recorded or not. Returns what went wrong; nothing, if all is well. */
export function run(script: Script, record?: RecordOptions): string[] {
  return new Run(script, record).go();
}

/** The platform of all runs: its slab is shared, as in a process. */
const platform = createTestPlatform();
let allocated = 0;
const allocate = platform.allocate.bind(platform);
platform.allocate = (size) => {
  allocated += size;
  return allocate(size);
};

class Run {
  private readonly script: Script;
  private readonly world: World;
  private readonly compression: SlowCompression;
  private readonly extensions: Extension[];
  private readonly connection: ServerConnection | ClientConnection;
  private readonly within: Operation[] = [];
  private readonly arriving: Uint8Array[] = []; // while the transport is paused
  private corks = 0;
  private moved = 0; // bytes given and taken
  private endReached = false;

  constructor(script: Script, record?: RecordOptions) {
    const { role, options } = script;
    this.script = script;
    this.world = new World(resolveOptions(options));
    this.compression = new SlowCompression(
      script.compression === "slow" || script.compression === "chain",
    );
    this.extensions =
      script.compression === "none" ? [] : [permessageDeflate(this.compression, { threshold: 0 })];
    if (script.compression === "chain") this.extensions.push(this.compression.reversing);
    this.world.react = () => {
      const operation = this.within.shift();
      if (operation !== undefined) this.attempt(operation, true);
    };
    this.world.asked = () => {
      if (script.decision !== "later") this.attempt([script.decision], true);
    };
    const request = { host: "localhost", target: "/", extensions: this.extensions };
    if (record === undefined) {
      this.connection =
        role === "server"
          ? createServerConnection(this.world, platform, options)
          : createClientConnection(this.world, platform, request, options);
    } else {
      this.connection =
        role === "server"
          ? recordServerConnection(this.world, platform, options, record)
          : recordClientConnection(this.world, platform, request, options, record);
    }
  }

  go(): string[] {
    const { complaints } = this.world;
    const before = allocated;
    try {
      this.begin();
      for (const operation of this.script.operations) {
        this.attempt(operation, false);
        this.deliver();
        this.checkBuffered();
      }
      this.wind();
      this.checkEnd(allocated - before);
    } catch (error) {
      complaints.push(
        `threw ${
          error instanceof Error
            ? `${error.name}: ${error.message} ${
                error.stack
                  ?.split("\n")
                  .slice(1, 5)
                  .map((line) => line.trim())
                  .join(" ") ?? ""
              }`
            : String(error)
        }`,
      );
    }
    return complaints;
  }

  // The opening.

  private begin(): void {
    const { connection, script } = this;
    const { opening, role } = script;
    if (role === "client") {
      (connection as ClientConnection).open();
      if (opening !== undefined) this.receiveCut(this.responseHead(), opening);
      return;
    }
    const server = connection as ServerConnection;
    if (script.parsed && opening !== undefined) server.receiveRequest(this.parsedRequest());
    else {
      server.expectRequest();
      if (opening !== undefined) this.receiveCut(this.requestHead(), opening);
    }
    if (script.version === "hixie-76" && opening !== undefined)
      this.receiveCut(utf8("^n:ds[4U"), opening % 9);
  }

  private fields(): Record<string, string | undefined> {
    const { version, compression } = this.script;
    const none = { "Sec-WebSocket-Key": undefined, "Sec-WebSocket-Version": undefined };
    if (version === "hixie-75") return none;
    if (version === "hixie-76")
      return {
        ...none,
        "Sec-WebSocket-Key1": "4 @1  46546xW%0l 1 5",
        "Sec-WebSocket-Key2": "12998 5 Y3 1  .P00",
      };
    return {
      "Sec-WebSocket-Version": version.slice("hybi-".length),
      ...(compression === "none"
        ? {}
        : {
            "Sec-WebSocket-Extensions": `permessage-deflate; client_max_window_bits${compression === "chain" ? ", x-reversing" : ""}`,
          }),
    };
  }

  private requestHead(): Uint8Array {
    return openingHead(this.fields());
  }

  private parsedRequest(): OpeningRequest {
    const all = {
      Host: "localhost",
      Upgrade: "websocket",
      Connection: "Upgrade",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Version": "13",
      ...this.fields(),
    };
    const headers = Object.entries(all).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name.toLowerCase(), value]],
    );
    return { method: "GET", target: "/", headers: new Map(headers) };
  }

  private responseHead(): Uint8Array {
    const key = /sec-websocket-key: (\S+)/i.exec(
      new TextDecoder().decode(joinBytes(this.world.written)),
    )![1]!;
    const { compression } = this.script;
    const other = compression === "chain" ? ", x-reversing" : "";
    const extensions =
      compression === "none"
        ? ""
        : `Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover${other}\r\n`;
    return utf8(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${extensions}Sec-WebSocket-Accept: ${acceptKeyOf(key)}\r\n\r\n`,
    );
  }

  // Inputs and commands.

  private receiveCut(bytes: Uint8Array, at: number): void {
    this.receive(bytes.slice(0, at));
    this.receive(bytes.slice(at));
  }

  private receive(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.endReached || this.world.destroyed) return;
    this.arriving.push(bytes);
    this.deliver();
  }

  /** The transport delivers what it has, unless it is paused. */
  private deliver(): void {
    while (!this.world.paused && this.arriving.length > 0) {
      const bytes = this.arriving.shift()!;
      this.moved += bytes.length;
      this.connection.receive(bytes);
    }
  }

  /** A command may refuse, by a `UsageError`; an input may not. */
  private attempt(operation: Operation, isWithin: boolean): void {
    if (isInput(operation)) {
      if (!isWithin) this.happen(operation);
      return;
    }
    try {
      this.command(operation);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
    }
  }

  private happen(operation: Operation): void {
    const { connection, world } = this;
    switch (operation[0]) {
      case "receive":
        return this.receive(Uint8Array.from(Buffer.from(operation[1], "hex")));
      case "end":
        return this.end();
      case "error":
        this.endReached = true;
        this.arriving.length = 0;
        return connection.receiveError();
      case "backlog":
        return connection.receiveBacklog(operation[1]);
      case "timer":
        if (world.timers.delete(operation[1])) connection.fireTimer(operation[1]);
        return;
      case "settle":
        return this.compression.waiting.shift()?.(operation[1] === "well");
      default:
        return;
    }
  }

  private end(): void {
    if (this.endReached || this.world.paused) return;
    this.endReached = true;
    this.connection.receiveEnd();
  }

  private command(operation: Operation): void {
    const { connection } = this;
    switch (operation[0]) {
      case "close":
        return connection.close(operation[1] ?? undefined, "r".repeat(operation[2]));
      case "cork":
        connection.cork();
        return void this.corks++;
      case "uncork":
        if (this.corks === 0) return;
        this.corks--;
        return connection.uncork();
      case "flush":
      case "terminate":
      case "pause":
      case "resume":
        return connection[operation[0]]();
      case "deliver":
        return connection.deliver(operation[1]);
      case "accept":
      case "reject":
        return this.answer(operation[0]);
      case "within":
        return void this.within.push(operation[1]);
      default:
        return this.send(operation);
    }
  }

  private send(operation: Operation): void {
    const { connection } = this;
    switch (operation[0]) {
      case "text":
        return void connection.sendText(this.payload(operation[1]), operation[2]);
      case "textBytes":
        return void connection.sendTextBytes(
          utf8(this.payload(operation[1])),
          undefined,
          undefined,
          operation[2],
        );
      case "binary":
        return void connection.sendBinary(
          new Uint8Array(this.payload(operation[1]).length).fill(7),
          undefined,
          undefined,
          operation[2],
        );
      case "parts":
        return void connection.sendParts(
          "binary",
          [new Uint8Array(this.payload(operation[1]).length), Uint8Array.of(1)],
          operation[1] + 1,
          operation[2],
        );
      case "prepared":
        return void connection.sendPrepared(
          prepare(this.payload(operation[1]), { compress: operation[2] }),
        );
      case "fragment":
        return connection.sendFragment(
          operation[1],
          utf8(this.payload(operation[2])),
          undefined,
          undefined,
          operation[3],
        );
      case "ping":
      case "pong":
        return connection[operation[0]](new Uint8Array(operation[1]));
      default:
        return;
    }
  }

  private payload(size: number): string {
    this.moved += size;
    return "x".repeat(size);
  }

  private answer(how: "accept" | "reject"): void {
    if (this.script.role === "client") return;
    const server = this.connection as ServerConnection;
    if (how === "accept")
      server.accept({
        extensions: this.extensions,
        drafts: this.script.version.startsWith("hixie"),
      });
    else server.reject({ status: 403 });
  }

  // How it ends.

  /** Lets everything that was held go on, and then ends what has not ended: nothing may keep it from that. */
  private wind(): void {
    const { connection, world, script } = this;
    this.within.length = 0;
    while (this.corks > 0) this.command(["uncork"]);
    this.goOn();
    connection.close(1000);
    this.goOn();
    if (/draining|replying/.test(connection.path))
      world.complaints.push(`stalled in ${connection.path}, with nothing to wait for`);
    if (script.finish === "timers")
      for (let round = 0; round < 3 && connection.state !== "closed"; round++) this.fireAll();
    if (script.finish === "error" && connection.state !== "closed") this.happen(["error"]);
    if (script.finish === "end" && connection.state !== "closed") this.end();
    if (connection.state !== "closed")
      world.complaints.push(`still ${connection.path} after ${script.finish}`);
    this.settleAll();
  }

  private goOn(): void {
    this.connection.resume();
    if (this.world.paused && this.connection.state === "closing") this.connection.receiveBacklog(0); // the peer reads on, after an overflow
    for (
      let round = 0;
      round < 1000 && (this.arriving.length > 0 || this.compression.waiting.length > 0);
      round++
    ) {
      this.settleAll();
      if (this.world.paused && this.compression.waiting.length === 0) break; // the application has not decided
      this.deliver();
    }
    this.settleAll();
  }

  private settleAll(): void {
    for (
      let settle = this.compression.waiting.shift();
      settle !== undefined;
      settle = this.compression.waiting.shift()
    )
      settle(this.script.settle === "well");
  }

  private fireAll(): void {
    for (const timer of [...this.world.timers])
      if (this.world.timers.delete(timer)) this.connection.fireTimer(timer);
    this.settleAll();
  }

  private checkBuffered(): void {
    const { connection, world, script } = this;
    const { maxBufferedBytes = 0 } = script.options;
    const most = maxBufferedBytes + 80 * 1024;
    if (connection.bufferedBytes > most)
      world.complaints.push(`bufferedBytes ${connection.bufferedBytes} beyond the limit`);
    if (connection.state === "closed" && connection.bufferedBytes !== 0)
      world.complaints.push(`bufferedBytes ${connection.bufferedBytes} when closed`);
  }

  private checkEnd(used: number): void {
    const { connection, world, compression, script } = this;
    const { complaints } = world;
    if (world.closes !== 1) complaints.push(`onClose ${world.closes} times`);
    if (world.timers.size > 0) complaints.push(`timers left: ${[...world.timers].join(", ")}`);
    if (connection.bufferedBytes !== 0)
      complaints.push(`bufferedBytes ${connection.bufferedBytes} at the end`);
    if (compression.open !== 0) complaints.push(`${compression.open} sessions of compression left`);
    complaints.push(...compression.misuse);
    const sent = joinBytes(world.written);
    const reasonable = MEMORY + 30 * (this.moved + sent.length);
    if (used > reasonable)
      complaints.push(`allocated ${used} bytes for ${this.moved} given and ${sent.length} written`);
    complaints.push(...complaintsAbout(sent, script));
  }
}

const INPUTS: readonly string[] = ["receive", "end", "error", "backlog", "timer", "settle"];
const isInput = ([type]: Operation): boolean => INPUTS.includes(type);
