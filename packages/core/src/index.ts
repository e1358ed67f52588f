export type { Action, Actions, ApplicationActions, Timer, TransportActions } from "./actions.ts";
export { createClientConnection } from "./connection/client.ts";
export type {
  ClientConnection,
  Connection,
  OpenConnection,
  ServerConnection,
} from "./connection/contract.ts";
export { type Agreed, createOpenConnection } from "./connection/open.ts";
export type { Latency } from "./connection/round-trips.ts";
export { prepare, type PreparedMessage, type PrepareOptions } from "./connection/send/prepared.ts";
export { createServerConnection } from "./connection/server.ts";
export type {
  Compression,
  DeflateParameters,
  Deflater,
  InflateParameters,
  Inflater,
} from "./extension/compression.ts";
export type {
  ClientOffer,
  Done,
  Extension,
  ExtensionFailure,
  ExtensionMessage,
  ExtensionParameters,
  ExtensionSession,
  OutgoingForm,
  ParameterValue,
  ServerAnswer,
  SessionLimits,
} from "./extension/extension.ts";
export {
  permessageDeflate,
  type PermessageDeflateOptions,
} from "./extension/permessage-deflate.ts";
export { FrameDecoder, type FrameSink } from "./frame/decoder.ts";
export type {
  Choice,
  ClientRequest,
  HeaderFields,
  HeaderInit,
  HeaderSection,
  Opening,
  OpeningRequest,
  OpeningResponse,
  Origins,
  Refusal,
  Version,
} from "./opening.ts";
export { type ConnectionOptions, DEFAULT_OPTIONS } from "./options.ts";
export { ASCII, NOT_UTF8, type Platform, UTF8, type Utf8Kind } from "./platform.ts";
export { ProtocolViolation, UsageError, type ViolationCode, violations } from "./violation.ts";
export { EventSourceError, type EventSourceErrorCode } from "./sse/client/error.ts";
export {
  DEFAULT_EVENT_STREAM_CLIENT_OPTIONS,
  type EventStreamClientOptions,
} from "./sse/client/options.ts";
export {
  EventStreamClient,
  type EventStreamClientActions,
  type EventStreamClientState,
  type EventStreamClientTimer,
  type EventStreamResponse,
} from "./sse/client/client.ts";
export {
  DEFAULT_EVENT_STREAM_LIMITS,
  EventStreamDecoder,
  type EventStreamLimits,
  type EventStreamOverflow,
  type EventStreamSink,
} from "./sse/client/decoder.ts";
export { acceptsEventStream } from "./sse/server/accept.ts";
export {
  createEventSourceConnection,
  DEFAULT_EVENT_SOURCE_OPTIONS,
  type EventSourceActions,
  type EventSourceConnection,
  type EventSourceConnectionOptions,
} from "./sse/server/connection.ts";
export { encodeComment, encodeEvent, encodeRetry, type EventFields } from "./sse/server/encode.ts";
export { EventHistory } from "./sse/server/history.ts";
