import type { WebSocket } from "@sansocket/core/shell";
import type { Terminal } from "../console/terminal.ts";

/** Pings, and returns the round trip in milliseconds; `undefined` where no pong comes in time. */
export function ping(
  socket: WebSocket,
  data: string,
  milliseconds: number,
): Promise<number | undefined> {
  return new Promise((resolve) => {
    const began = performance.now();
    const done = (trip?: number): void => {
      clearTimeout(timer);
      resolve(trip);
    };
    const timer = setTimeout(done, milliseconds);
    void socket.closed.then(() => {
      done();
    });
    const isSent = socket.ping(data, () => {
      done(performance.now() - began);
    });
    if (!isSent) done();
  });
}

/** The longest time for a pong, in milliseconds: the library's `pongTimeout`. */
const PONG_TIMEOUT = 20_000;

/** Pings repeatedly, reports each round trip, and drops a connection that does not answer. Ends with the socket. */
export function keepPinging(socket: WebSocket, interval: number, terminal: Terminal): void {
  const trips: number[] = [];
  let count = 0;
  const timer = setInterval(() => {
    void ping(socket, `${++count}`, PONG_TIMEOUT).then((trip) => {
      if (trip === undefined) {
        if (socket.readyState === socket.OPEN) socket.terminate();
        return;
      }
      trips.push(trip);
      if (terminal.json) terminal.happened({ event: "pong", roundTrip: rounded(trip) });
      else terminal.note(`pong ${trips.length}: ${rounded(trip)} ms`);
    });
  }, interval);
  void socket.closed.then(() => {
    clearInterval(timer);
    if (trips.length > 0 && !terminal.json) terminal.note(summaryOf(trips));
  });
}

const rounded = (milliseconds: number): number => Math.round(milliseconds * 100) / 100;

/** The shortest, the mean and the longest of round trips. */
function summaryOf(trips: readonly number[]): string {
  const mean = trips.reduce((sum, trip) => sum + trip, 0) / trips.length;
  return `${trips.length} pongs, round trip min/avg/max ${rounded(Math.min(...trips))}/${rounded(mean)}/${rounded(Math.max(...trips))} ms`;
}
