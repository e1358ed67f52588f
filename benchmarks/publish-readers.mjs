// Opens WebSockets and reads them: `node publish-readers.mjs PORT COUNT`. Prints a line of JSON once all are open; for each line it is given, one
// with the number of messages that have come. Each message has one "{".
import net from "node:net";
import { createInterface } from "node:readline";

const [port, count] = process.argv.slice(2).map(Number);
const BRACE = 0x7b;
const buffer = Buffer.alloc(65_536);
let opened = 0;
let started = 0;
let messages = 0;

function open() {
  const at = started++;
  let isOpen = false;
  const socket = net.connect({
    port,
    host: "127.0.0.1",
    onread: {
      buffer,
      callback: (size) => {
        if (!isOpen) {
          isOpen = true;
          if (++opened === count) console.log(JSON.stringify({ opened }));
          else if (started < count) open();
        }
        for (let byte = 0; byte < size; byte++) if (buffer[byte] === BRACE) messages++;
        return true;
      },
    },
  });
  socket.once("error", (error) => {
    console.error(error.message);
    process.exit(1);
  });
  socket.write(
    `GET /?i=${at} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
}
while (started < Math.min(count, 200)) open();

createInterface({ input: process.stdin }).on("line", () =>
  console.log(JSON.stringify({ messages })),
);
