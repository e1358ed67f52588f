/** Replays a trace: a fresh machine gets the inputs and commands of the recorded one, and its actions are compared. */
import type { Timer } from "../../actions.ts";
import { createClientConnection } from "../../connection/client.ts";
import type { Connection } from "../../connection/contract.ts";
import { type Agreed, createOpenConnection } from "../../connection/open.ts";
import { prepare } from "../../connection/send/prepared.ts";
import { createServerConnection } from "../../connection/server.ts";
import type {
  Choice,
  ClientRequest,
  HeaderInit,
  OpeningRequest,
  OpeningResponse,
  Origins,
  Refusal,
} from "../../opening.ts";
import type { ConnectionOptions } from "../../options.ts";
import type { TraceHead, TraceKind, TraceValue } from "../format.ts";
import { readTraces, type Trace } from "../read.ts";
import { fieldsOf, fromHex, isBytes } from "../values.ts";
import type { AnyConnection } from "../record/connection.ts";
import { ReplayedActions } from "./actions.ts";
import { replayEventStreamClient, replayEventStreamServer } from "./event-stream.ts";
import { ReplayedExtensions } from "./extensions.ts";
import { type Difference, type Perform, Player } from "./player.ts";
import { createReplayPlatform } from "./platform.ts";

/** How the replay of one connection went: to the end, to the first difference, or to where the trace has a hole. */
export interface ReplayResult {
  readonly trace: Trace;
  /** The number of compared actions. */
  readonly actions: number;
  readonly difference: Difference | undefined;
  readonly stopped: { readonly line: number; readonly reason: string } | undefined;
}

/**
 * Replays every connection of a trace, on fresh machines and with no clock, entropy or codec of this runtime: the values
 * that a recorded machine took come from the trace.
 * @param trace JSON Lines, or the result of {@link readTraces}
 * @throws {TraceError} for text that is no trace
 */
export function replay(trace: string | readonly Trace[]): ReplayResult[] {
  return (typeof trace === "string" ? readTraces(trace) : trace).map(replayOne);
}

function replayOne(trace: Trace): ReplayResult {
  const player = new Player(trace);
  const first = trace.entries[0]?.entry;
  // Where the beginning is missing there is nothing to build on.
  if (first?.[1] === "gap")
    player.stop(`${first[2]} lines are missing: a ring or a rotated file has dropped them`);
  else player.run(REPLAYS[trace.head.kind](trace, player));
  const { actions, difference, stopped } = player;
  return { trace, actions, difference, stopped };
}

const REPLAYS: Readonly<Record<TraceKind, (trace: Trace, player: Player) => Perform>> = {
  "websocket-server": replayWebSocket,
  "websocket-client": replayWebSocket,
  "event-stream-server": replayEventStreamServer,
  "event-stream-client": replayEventStreamClient,
};

function replayWebSocket(trace: Trace, player: Player): Perform {
  const extensions = new ReplayedExtensions(player);
  const connection = machineOf(trace.head, player, extensions) as AnyConnection;
  return (name, values) => {
    if (name === "extension.done") return extensions.done(values);
    const perform = Object.hasOwn(CALLS, name) ? CALLS[name] : undefined;
    if (perform === undefined) throw new RangeError(`${name} is no input or command`);
    perform(connection, values, player, extensions);
  };
}

function machineOf(head: TraceHead, player: Player, extensions: ReplayedExtensions): Connection {
  const actions = new ReplayedActions(player);
  const platform = createReplayPlatform(player);
  const options = head.options as unknown as Partial<ConnectionOptions>;
  const role = head.kind === "websocket-client" ? "client" : "server";
  if (head.agreed !== undefined)
    return createOpenConnection(
      actions,
      platform,
      agreedOf(head.agreed, role, extensions),
      options,
    );
  if (role === "server") return createServerConnection(actions, platform, options);
  const request = {
    ...head.request,
    extensions: extensions.named(head.request?.["extensions"]),
  } as unknown as ClientRequest;
  return createClientConnection(actions, platform, request, options);
}

function agreedOf(
  value: { readonly [name: string]: TraceValue },
  role: "client" | "server",
  extensions: ReplayedExtensions,
): Agreed {
  const { sessions, ...agreed } = value;
  const known = sessions as
    { readonly rsv: number; readonly onlyMarked: readonly TraceValue[] } | undefined;
  return {
    ...agreed,
    role,
    sessions: known && { rsv: known.rsv, all: extensions.sessions(known.onlyMarked) },
  };
}

type Call = (
  connection: AnyConnection,
  values: readonly TraceValue[],
  player: Player,
  extensions: ReplayedExtensions,
) => void;

/** Inputs and commands by name. */
const CALLS: Readonly<Record<string, Call>> = {
  expectRequest: (connection, [secure]) => {
    connection.expectRequest(secure === true);
  },
  receiveRequest: (connection, [request]) => {
    connection.receiveRequest(requestOf(request!));
  },
  accept: (connection, [choice], player, extensions) => {
    connection.accept(choiceOf(choice!, player, extensions));
  },
  reject: (connection, [refusal]) => {
    connection.reject(refusalOf(refusal!));
  },
  open: (connection) => {
    connection.open();
  },
  receiveResponse: (connection, [response]) => {
    connection.receiveResponse(responseOf(response!));
  },
  start: (connection) => {
    connection.start();
  },
  receive: (connection, [bytes]) => {
    connection.receive(bytesOf(bytes));
  },
  receiveEnd: (connection) => {
    connection.receiveEnd();
  },
  receiveError: (connection) => {
    connection.receiveError();
  },
  receiveBacklog: (connection, [bytes]) => {
    connection.receiveBacklog(Number(bytes));
  },
  fireTimer: (connection, [timer]) => {
    connection.fireTimer(timer as Timer);
  },
  sendText: (connection, [text, compress]) => {
    connection.sendText(String(text), compress !== false);
  },
  sendTextBytes: (connection, [bytes, compress]) => {
    connection.sendTextBytes(bytesOf(bytes), 0, undefined, compress !== false);
  },
  sendBinary: (connection, [bytes, compress]) => {
    connection.sendBinary(bytesOf(bytes), 0, undefined, compress !== false);
  },
  sendParts: (connection, [kind, parts, size, compress]) => {
    connection.sendParts(kindOf(kind), listOf(parts), Number(size), compress !== false);
  },
  sendPrepared: (connection, [kind, bytes, compress]) => {
    connection.sendPrepared(
      prepare(bytesOf(bytes), { binary: kind === "binary", compress: compress !== false }),
    );
  },
  sendFragment: (connection, [kind, bytes, last]) => {
    connection.sendFragment(kindOf(kind), bytesOf(bytes), 0, undefined, last === true);
  },
  sendFrames: (connection, [pieces]) => {
    connection.sendFrames(listOf(pieces));
  },
  notify: (connection) => {
    connection.notify(0);
  },
  ping: (connection, [bytes]) => {
    connection.ping(bytes === null ? undefined : bytesOf(bytes));
  },
  pong: (connection, [bytes]) => {
    connection.pong(bytes === null ? undefined : bytesOf(bytes));
  },
  close: (connection, [code, reason]) => {
    connection.close(
      code === null ? undefined : Number(code),
      reason === null ? undefined : String(reason),
    );
  },
  terminate: (connection) => {
    connection.terminate();
  },
  pause: (connection) => {
    connection.pause();
  },
  resume: (connection) => {
    connection.resume();
  },
  deliver: (connection, [unit]) => {
    connection.deliver(unit === "fragment" ? "fragment" : "message");
  },
  cork: (connection) => {
    connection.cork();
  },
  uncork: (connection) => {
    connection.uncork();
  },
  flush: (connection) => {
    connection.flush();
  },
};

const listOf = (value: TraceValue | undefined): readonly Uint8Array[] =>
  (value as readonly TraceValue[]).map(bytesOf);

const kindOf = (value: TraceValue | undefined): "text" | "binary" =>
  value === "text" ? "text" : "binary";

/** The bytes of a value. @throws {RangeError} for another value. */
function bytesOf(value: TraceValue | undefined): Uint8Array {
  if (!isBytes(value)) throw new RangeError(`expected bytes, got ${JSON.stringify(value)}`);
  return fromHex(value.hex);
}

function requestOf(value: TraceValue): OpeningRequest {
  const request = value as { readonly headers: TraceValue };
  return { ...request, headers: fieldsOf(request.headers) } as unknown as OpeningRequest;
}

function responseOf(value: TraceValue): OpeningResponse {
  const { body, ...response } = value as {
    readonly headers: TraceValue;
    readonly body?: TraceValue;
  };
  return {
    ...response,
    headers: fieldsOf(response.headers),
    ...(isBytes(body) && { body: bytesOf(body) }),
  } as unknown as OpeningResponse;
}

function refusalOf(value: TraceValue): Refusal {
  const { body, ...refusal } = value as { readonly status: number; readonly body?: TraceValue };
  return {
    ...refusal,
    ...(body !== undefined && { body: isBytes(body) ? bytesOf(body) : String(body) }),
  };
}

function choiceOf(value: TraceValue, player: Player, extensions: ReplayedExtensions): Choice {
  const {
    extensions: names,
    origins,
    headers,
    ...choice
  } = value as { readonly [member: string]: TraceValue };
  const asks = typeof origins === "object" && origins !== null && !Array.isArray(origins);
  return {
    ...choice,
    ...(headers !== undefined && { headers: headers as HeaderInit }),
    ...(names !== undefined && { extensions: extensions.named(names) }),
    ...(origins !== undefined && {
      origins: asks ? () => player.take("origin")?.[0] === true : (origins as Origins),
    }),
  };
}
