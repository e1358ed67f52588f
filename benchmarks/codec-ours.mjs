// This library's rows of the codec benchmark: open connections without a socket.
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { createClientConnection, createServerConnection } from "@sansocket/core";
// eslint-disable-next-line no-restricted-imports -- the platform has no public name, and this file runs bundled only
import { nodePlatform } from "../packages/node-adapter/src/platform.ts";
import { keep } from "./measure.mjs";

/** Every action, counting what passes by. */
class Counter {
  write(bytes) {
    keep(bytes.length);
  }
  writeMany(pieces) {
    for (const piece of pieces) keep(piece.length);
  }
  endTransport() {}
  destroyTransport() {}
  pauseTransport() {}
  resumeTransport() {}
  setTimer() {}
  clearTimer() {}
  onState() {}
  onRequest() {}
  onOpen() {}
  onText(bytes, start, end) {
    keep(end - start);
  }
  onBinary(bytes, start, end) {
    keep(end - start);
  }
  onTextParts(parts, size) {
    keep(size);
  }
  onBinaryParts(parts, size) {
    keep(size);
  }
  onPing() {}
  onPong() {}
  onViolation(violation) {
    throw violation;
  }
  onClose(code) {
    throw new Error(`closed with ${code}`);
  }
}

/** Makes of each message what an application gets: a string, a Buffer. */
class Reader extends Counter {
  onText(bytes, start, end, ascii) {
    keep(nodePlatform.decodeUtf8(bytes, start, end, ascii).length);
  }
  onBinary(bytes, start, end) {
    keep(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).length);
  }
  onTextParts(parts, size, ascii) {
    keep(nodePlatform.decodeUtf8(Buffer.concat(parts, size), 0, size, ascii).length);
  }
  onBinaryParts(parts, size) {
    keep(Buffer.concat(parts, size).length);
  }
}

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const accepts = (key) =>
  createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");

function opened(connection) {
  if (connection.state !== "open")
    throw new Error(`The connection is ${connection.state}, not open`);
  return connection;
}

/** An open server connection whose chunks are its own; `read` makes strings and Buffers of messages. */
export function server({ read }) {
  const connection = createServerConnection(read ? new Reader() : new Counter(), nodePlatform, {
    ownsChunks: true,
  });
  const fields = {
    host: "localhost",
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-key": KEY,
    "sec-websocket-version": "13",
  };
  connection.receiveRequest({
    method: "GET",
    target: "/",
    headers: new Map(Object.entries(fields)),
  });
  connection.accept();
  return opened(connection);
}

/** An open client connection. */
export function client() {
  let request = "";
  const actions = new Counter();
  actions.write = (bytes) => {
    request += Buffer.from(bytes).toString("latin1");
  };
  const connection = createClientConnection(actions, nodePlatform, {
    host: "localhost",
    target: "/",
  });
  connection.open();
  const key = /^sec-websocket-key: *(.+?)\r$/im.exec(request)[1];
  delete actions.write;
  connection.receive(
    Buffer.from(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accepts(key)}\r\n\r\n`,
    ),
  );
  return opened(connection);
}
