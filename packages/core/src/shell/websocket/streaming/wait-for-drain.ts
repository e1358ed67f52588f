import type { Session } from "../session.ts";

/** Resolves when the transport takes more, or when the socket closes. */
export function waitForDrain(session: Session): Promise<void> {
  const { webSocket: socket, driver } = session;
  if (driver === undefined || session.readyState === 3 || !driver.backedUp)
    return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      socket.removeListener("drain", done);
      socket.removeListener("close", done);
      resolve();
    };
    socket.on("drain", done);
    socket.on("close", done);
  });
}
