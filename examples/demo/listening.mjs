const FIRST_PORT = 8080;
const PORTS_TRIED = 20;

/** Loopback only: the page lets anyone who can reach it close connections. */
export const HOST = "127.0.0.1";

/**
 * Listens on `port`, or where it is undefined on the first free port from 8080. Returns the port.
 * @throws {Error} with a sentence that says what to do.
 */
export async function listenOnLoopback(server, port) {
  if (port !== undefined) return await listen(server, port);
  for (let candidate = FIRST_PORT; candidate < FIRST_PORT + PORTS_TRIED; candidate++) {
    try {
      return await listen(server, candidate);
    } catch (error) {
      if (error.cause?.code !== "EADDRINUSE") throw error;
    }
  }
  throw new Error(
    `Ports ${FIRST_PORT} to ${FIRST_PORT + PORTS_TRIED - 1} are all taken. Choose another: npm run demo -- --port 9000`,
  );
}

function listen(server, port) {
  return new Promise((resolve, reject) => {
    const fail = (cause) => reject(new Error(explain(cause, port), { cause }));
    server.once("error", fail);
    server.listen(port, HOST, () => {
      server.off("error", fail);
      resolve(server.address().port);
    });
  });
}

function explain(cause, port) {
  if (cause.code === "EADDRINUSE") {
    return `Port ${port} is taken by another program. Choose another, or none to take the next free one: npm run demo -- --port ${port < 65_535 ? port + 1 : 9000}`;
  }
  if (cause.code === "EACCES")
    return `Port ${port} may not be opened by this user. Choose one above 1023: npm run demo -- --port 8080`;
  return `Could not listen on ${HOST}:${port}: ${cause.message}`;
}
