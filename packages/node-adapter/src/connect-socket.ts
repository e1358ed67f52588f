import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { type ConnectDirectly, connectSocket } from "@sansocket/core/node-compat";
import { nodeModules } from "./node-modules.ts";

/**
 * The most that is read at once, in bytes. Node's own reads are of 64 KiB, so that a message of that size comes in two, which must be joined: 256 KiB made its
 * CPU time a fifth less than 64 KiB did (`npm run bench:clients`).
 */
const READ = 262_144;

let memory: Buffer | undefined;

/**
 * Starts connecting by `node:net` or `node:tls`, whose sockets read into one buffer of the process, by their documented option `onread`; what was read is
 * copied to memory of its own size. Node otherwise takes 64 KiB for each read, however short: a tenth of a small message's CPU time. Sockets of servers have no
 * such option.
 */
const connectReading: ConnectDirectly = (url, options) => {
  memory ??= Buffer.allocUnsafeSlow(READ);
  let socket: Socket | undefined = undefined;
  const onread = {
    buffer: memory,
    callback: (size: number, bytes: Uint8Array): boolean => {
      const own = Buffer.allocUnsafe(size);
      own.set(bytes.subarray(0, size));
      socket!.emit("data", own);
      return true;
    },
  };
  socket = connectSocket(nodeModules, url, { ...options, net: { onread, ...options.net } });
  return socket;
};

/** Connects a client that needs no proxy. On Windows a pending read holds its buffer, so that sockets cannot share one: there Node allocates. */
export const connectDirectly: ConnectDirectly | undefined =
  process.platform === "win32" ? undefined : connectReading;
