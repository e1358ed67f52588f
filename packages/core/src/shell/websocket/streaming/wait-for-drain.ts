import type { Session } from "../session.ts";

/** Resolves when the transport takes more, or the socket is closed. */
export function waitForDrain(session: Session): Promise<void> {
  const { webSocket: face, driver } = session;
  if (driver === undefined || session.readyState === 3 || !driver.backedUp)
    return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      face.removeListener("drain", done);
      face.removeListener("close", done);
      resolve();
    };
    face.on("drain", done);
    face.on("close", done);
  });
}
