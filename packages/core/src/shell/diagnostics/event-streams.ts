import type { Platform } from "../../platform.ts";
import { EventStreamDecoder } from "../../sse/client/decoder.ts";
import type { DiagnosticsChannel, StreamDiagnostics } from "./channels.ts";

/** The owner of the channels. */
interface Host {
  readonly platform: Platform;
  readonly diagnostics?: { readonly eventSource: StreamDiagnostics } | undefined;
}

/** The names of the channels. */
export type StreamChannel = keyof StreamDiagnostics;

/** Publishes a message of an event stream, which `rest` makes where somebody subscribes. */
export function tellStream(
  { diagnostics }: Host,
  name: StreamChannel,
  eventsource: object,
  rest: () => object,
): void {
  const channel = diagnostics?.eventSource[name];
  if (channel?.hasSubscribers === true) channel.publish({ eventsource, ...rest() });
}

/** Whether somebody subscribes. */
export const isHeard = ({ diagnostics }: Host, name: StreamChannel): boolean =>
  diagnostics?.eventSource[name].hasSubscribers === true;

/**
 * Reads the events that a server's stream writes, however they were encoded, and publishes them. Made with a stream, and only where
 * somebody subscribes to them.
 */
export function streamTap(host: Host, eventsource: object): EventStreamDecoder | undefined {
  const { diagnostics, platform } = host;
  if (diagnostics === undefined) return undefined;
  const { eventSent, commentSent } = diagnostics.eventSource;
  if (!eventSent.hasSubscribers && !commentSent.hasSubscribers) return undefined;
  const publish = (channel: DiagnosticsChannel, message: object): void => {
    if (channel.hasSubscribers) channel.publish({ eventsource, ...message });
  };
  return new EventStreamDecoder(
    {
      onEvent: (type, data, lastEventId) => {
        publish(eventSent, { type, data, lastEventId });
      },
      onComment: (text) => {
        publish(commentSent, { text });
      },
      onRetry: () => {},
      onOverflow: () => {},
    },
    platform,
    // The application's own events: they were in memory before.
    { maxLineSize: Infinity, maxEventSize: Infinity },
  );
}
