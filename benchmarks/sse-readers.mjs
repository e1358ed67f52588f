// Opens event streams and reads them: `node sse-readers.mjs PORT COUNT`. Prints a line of JSON once all are open; for each line it is given, one
// with the number of events that have come. The data of each event has one "{".
import net from "node:net";
import { createInterface } from "node:readline";

const [port, count] = process.argv.slice(2).map(Number);
const BRACE = 0x7b;
const request = "GET /events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n";
let opened = 0;
let events = 0;

function open() {
  let heard = false;
  const socket = net.connect({
    port,
    host: "127.0.0.1",
    onread: {
      buffer,
      callback: (size) => {
        if (!heard) {
          heard = true;
          if (++opened === count) console.log(JSON.stringify({ opened }));
          else if (started < count) next();
        }
        for (let at = 0; at < size; at++) if (buffer[at] === BRACE) events++;
        return true;
      },
    },
  });
  socket.once("error", (error) => {
    console.error(error.message);
    process.exit(1);
  });
  socket.write(request);
}

const buffer = Buffer.alloc(65_536);
let started = 0;
function next() {
  started++;
  open();
}
while (started < Math.min(count, 200)) next();

createInterface({ input: process.stdin }).on("line", () => console.log(JSON.stringify({ events })));
