/** The part of a session that stops and starts reading. */
export interface Readable {
  readonly driver: { readonly connection: { pause(): void; resume(): void } } | undefined;
}

/** The holders of each session that does not read; a session without holders is not listed. */
const holders = new WeakMap<Readable, Set<object>>();

/** Stops reading until `holder`, and every other holder, has called {@link releaseReading}. */
export function holdReading(session: Readable, holder: object): void {
  const { driver } = session;
  if (driver === undefined) return;
  const all = holders.get(session);
  if (all === undefined) holders.set(session, new Set([holder]));
  else all.add(holder);
  driver.connection.pause();
}

/** Whether `holder` holds the session's reading. */
export const isHeldBy = (session: Readable, holder: object): boolean =>
  holders.get(session)?.has(holder) === true;

/** Removes `holder`, and reads on if it was the last. */
export function releaseReading(session: Readable, holder: object): void {
  const all = holders.get(session);
  all?.delete(holder);
  if (all !== undefined && all.size > 0) return;
  holders.delete(session);
  session.driver?.connection.resume();
}
