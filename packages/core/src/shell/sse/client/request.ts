import type { EventStreamClientLike } from "../../../trace/record/event-stream.ts";
import { describeFetchError } from "../../transport/network-error.ts";

/** The part of the runtime's `fetch` that a client uses; a function that wraps it, mocks it or adds a token to each request fits too. */
export type FetchLike = (url: string, init: RequestInit) => Promise<Response>;

/** One request for a stream. */
export interface EventStreamRequest {
  readonly fetch: FetchLike;
  readonly url: string;
  readonly init: RequestInit & { readonly signal: AbortSignal };
  /** Called with the response, before the client gets it. */
  readonly onResponse: (response: Response) => void;
  /** Returns a promise if reading should wait. */
  readonly whenRoom: () => Promise<void> | undefined;
}

/** Makes a request, and reports it to `client` until it ends or the signal aborts. Never rejects. */
export async function runRequest(
  client: EventStreamClientLike,
  { fetch, url, init, onResponse, whenRoom }: EventStreamRequest,
): Promise<void> {
  const { signal } = init;
  const gone = (): boolean => signal.aborted; // it changes while we wait
  try {
    // It reports nothing from inside the call, even if `fetch` throws.
    await undefined;
    if (gone()) return;
    const response = await fetch(url, init);
    const reader = response.body?.getReader();
    // By itself, only a `fetch` that uses the signal closes the connection.
    const leave = (): void => void reader?.cancel().catch(() => {});
    if (gone()) return leave();
    signal.addEventListener("abort", leave, { once: true });
    onResponse(response);
    client.receiveResponse({
      status: response.status,
      contentType: response.headers.get("content-type"),
    });
    while (!gone()) {
      const result = await reader?.read();
      if (gone()) return;
      if (result === undefined || result.done) return client.receiveEnd();
      client.receive(result.value);
      const room = whenRoom();
      if (room !== undefined) await room;
    }
  } catch (error) {
    if (!gone()) client.receiveError(error, describeFetchError(error));
  }
}
