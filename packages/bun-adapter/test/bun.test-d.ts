/** Compares the adapter's types of `Bun` with Bun's own. */
import type { bun, BunListener, BunSocket, BunSocketHandlers } from "../src/bun.ts";
import type { BunTransport } from "../src/transport.ts";

type Data = BunTransport | undefined;
declare const socket: Bun.Socket<Data>;
declare const listener: Bun.TCPSocketListener<Data>;
declare const handlers: BunSocketHandlers;

export const socketIsOurs: BunSocket = socket;
export const listenerIsOurs: BunListener = listener;
/** Bun calls what we give it, with what we expect. */
export const handlersAreTheirs: Bun.SocketHandler<Data> = handlers as Omit<
  BunSocketHandlers,
  "binaryType"
>;
export const listened: BunListener = Bun.listen<Data>({
  hostname: "",
  port: 0,
  allowHalfOpen: true,
  data: undefined,
  socket: handlersAreTheirs,
});
export const connected: Promise<unknown> = Bun.connect<Data>({
  hostname: "",
  port: 0,
  allowHalfOpen: true,
  data: undefined,
  socket: handlersAreTheirs,
});

type Given = Parameters<typeof bun.listen>[0];
/** Each option that we give is one of theirs. */
export type Unknown =
  | Exclude<keyof Extract<Given, { hostname: string }>, keyof Bun.TCPSocketListenOptions<Data>>
  | Exclude<keyof Extract<Given, { unix: string }>, keyof Bun.UnixSocketOptions<Data> | "tls">;
export const none: Unknown[] = [] satisfies never[];
export const known: [Unknown] extends [never] ? true : Unknown = true;
