/** The types of the API of `ws` may stand for those of `@types/ws` 8, and the other way round: the compiler checks it. */
import type * as ours from "@sansocket/core/ws";
import type theirs from "ws";
import type { WebSocketServer } from "ws";

/** Compiles only where `From` may be given for `To`. */
type Assignable<To, From extends To> = From;

export type OurSocket = Assignable<theirs, ours.WebSocket>;
export type TheirSocket = Assignable<ours.WebSocket, theirs>;
export type OurServer = Assignable<WebSocketServer, ours.WebSocketServer>;
export type TheirServer = Assignable<ours.WebSocketServer, WebSocketServer>;
export type OurClientOptions = Assignable<theirs.ClientOptions, ours.ClientOptions>;
export type TheirClientOptions = Assignable<ours.ClientOptions, theirs.ClientOptions>;
export type OurData = Assignable<theirs.RawData, ours.RawData>;
export type TheirData = Assignable<ours.RawData, theirs.RawData>;
export type OurEvent = Assignable<theirs.MessageEvent, ours.MessageEvent>;
export type TheirEvent = Assignable<ours.MessageEvent, theirs.MessageEvent>;
export type OurServerOptions = Assignable<theirs.ServerOptions, ours.ServerOptions>;
export type TheirServerOptions = Assignable<ours.ServerOptions, theirs.ServerOptions>;
export type OurDeflate = Assignable<theirs.PerMessageDeflateOptions, ours.PerMessageDeflateOptions>;
export type TheirDeflate = Assignable<
  ours.PerMessageDeflateOptions,
  theirs.PerMessageDeflateOptions
>;
