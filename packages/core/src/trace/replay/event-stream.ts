import type { Timer } from "../../actions.ts";
import {
  EventStreamClient,
  type EventStreamClientActions,
  type EventStreamResponse,
} from "../../sse/client/client.ts";
import type { EventStreamClientOptions } from "../../sse/client/options.ts";
import {
  createEventSourceConnection,
  type EventSourceActions,
  type EventSourceConnectionOptions,
} from "../../sse/server/connection.ts";
import type { EventFields } from "../../sse/server/encode.ts";
import type { TraceValue } from "../format.ts";
import { errorValue } from "../record/event-stream.ts";
import type { Trace } from "../read.ts";
import { fromHex, isBytes, violationValue } from "../values.ts";
import type { Perform, Player } from "./player.ts";
import { createReplayPlatform } from "./platform.ts";

const bytesOf = (value: TraceValue | undefined): Uint8Array =>
  fromHex(isBytes(value) ? value.hex : "");

/** Replays a server's end of an event stream. */
export function replayEventStreamServer({ head }: Trace, player: Player): Perform {
  const actions: EventSourceActions = {
    write: (bytes) => {
      player.write([bytes]);
    },
    writeMany: (pieces) => {
      player.write(pieces);
    },
    endTransport: () => {
      player.action("endTransport", []);
    },
    destroyTransport: () => {
      player.action("destroyTransport", []);
    },
    setTimer: (timer, milliseconds) => {
      player.action("setTimer", [timer, milliseconds]);
    },
    clearTimer: (timer) => {
      player.action("clearTimer", [timer]);
    },
    onViolation: (violation) => {
      player.action("onViolation", [violationValue(violation)]);
    },
    onClose: (clean) => {
      player.action("onClose", [clean]);
    },
  };
  const options = head.options as unknown as Partial<EventSourceConnectionOptions>;
  const connection = createEventSourceConnection(actions, createReplayPlatform(player), options);
  return (name, [first, second]) => {
    switch (name) {
      case "send":
        connection.send(String(first), (second ?? undefined) as EventFields | undefined);
        return;
      case "sendEncoded":
        connection.sendEncoded(bytesOf(first));
        return;
      case "comment":
        connection.comment(String(first));
        return;
      case "fireTimer":
        return connection.fireTimer(first as Timer);
      case "receiveBacklog":
        return connection.receiveBacklog(Number(first));
      case "receiveError":
      case "open":
      case "ping":
      case "close":
      case "terminate":
      case "cork":
      case "uncork":
        connection[name]();
        return;
      default:
        throw new RangeError(`${name} is no input or command`);
    }
  };
}

/** Replays a client of an event stream. */
export function replayEventStreamClient({ head }: Trace, player: Player): Perform {
  const { comments, ...options } = head.options;
  const actions: EventStreamClientActions = {
    request: (id) => {
      player.action("request", [id]);
    },
    abandonRequest: () => {
      player.action("abandonRequest", []);
    },
    setTimer: (timer, milliseconds) => {
      player.action("setTimer", [timer, milliseconds]);
    },
    clearTimer: (timer) => {
      player.action("clearTimer", [timer]);
    },
    onOpen: () => {
      player.action("onOpen", []);
    },
    onEvent: (type, data, id) => {
      player.action("onEvent", [type, data, id]);
    },
    ...(comments === true && {
      onComment: (text: string) => {
        player.action("onComment", [text]);
      },
    }),
    onError: (error) => {
      player.action("onError", [errorValue(error)]);
    },
  };
  const client = new EventStreamClient(
    actions,
    createReplayPlatform(player),
    options as unknown as Partial<EventStreamClientOptions>,
  );
  return (name, [first]) => {
    switch (name) {
      case "receive":
        return client.receive(bytesOf(first));
      case "receiveResponse":
        return client.receiveResponse(first as unknown as EventStreamResponse);
      case "receiveError":
        return client.receiveError(new Error(String(first)));
      case "fireTimer":
        return client.fireTimer("reconnect");
      case "receiveEnd":
      case "connect":
      case "close":
        return client[name]();
      default:
        throw new RangeError(`${name} is no input or command`);
    }
  };
}
