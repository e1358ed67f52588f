import type net from "node:net";

/** A proper opening request, with fields changed or added. */
export function opening(fields: Record<string, string> = {}, target = "/"): string {
  const head = {
    Host: "localhost",
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
    ...fields,
  };
  return `GET ${target} HTTP/1.1\r\n${Object.entries(head)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")}\r\n`;
}

/** All that comes until the socket is gone, however it goes. */
export function readAll(socket: net.Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", () => {});
  return new Promise((resolve) => {
    const done = (): void => {
      resolve(Buffer.concat(chunks).toString("latin1"));
    };
    if (socket.closed) done();
    else socket.on("close", done);
  });
}
