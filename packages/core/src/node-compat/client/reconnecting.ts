import { ReconnectingClient } from "../../shell/reconnect/client.ts";
import type { ReconnectOptions } from "../../shell/reconnect/options.ts";
import type { Runtime } from "../../shell/runtime/runtime.ts";
import type { ClientConstructor } from "../constructors/client.ts";
import { checkClientOptions, type ClientOptions } from "./options.ts";

/** What a `ReconnectingClient` may be told: what a `Client` may, for each of its connections. */
export interface ReconnectingClientOptions extends ClientOptions {
  /** Subprotocols to offer, in order of preference; `TOPICS_PROTOCOL` to subscribe and resume. @defaultValue none */
  readonly protocols?: string | readonly string[] | undefined;
  /** When and how it comes back. @defaultValue true: as its options say by themselves */
  readonly reconnect?: ReconnectOptions | true | undefined;
}

/** Makes {@link ReconnectingClient}s, which connect at once. */
export interface ReconnectingConstructor {
  /** @throws {Error} for what `Client` does not take, and for an option of `reconnect` that is not accepted. */
  new (url: string | URL, options?: ReconnectingClientOptions): ReconnectingClient;
  readonly prototype: ReconnectingClient;
}

/** `ReconnectingClient`, by the client of a runtime. */
export function reconnectingConstructor(
  runtime: Runtime,
  Client: ClientConstructor,
): ReconnectingConstructor {
  function ReconnectingFunction(
    url: string | URL,
    options: ReconnectingClientOptions = {},
  ): ReconnectingClient {
    checkClientOptions("new ReconnectingClient", options);
    return new ReconnectingClient(reconnectingInit(runtime, Client, url, options));
  }
  ReconnectingFunction.prototype = ReconnectingClient.prototype;
  return ReconnectingFunction as unknown as ReconnectingConstructor;
}

function reconnectingInit(
  runtime: Runtime,
  Client: ClientConstructor,
  url: string | URL,
  { protocols, reconnect, ...rest }: ReconnectingClientOptions,
) {
  return { runtime, reconnect, dial: () => new Client(url, protocols, rest) };
}

/** Resolves with one that is open for the first time. */
export function reconnecting(
  runtime: Runtime,
  Client: ClientConstructor,
  url: string | URL,
  options: ReconnectingClientOptions,
  later: (callback: () => void) => void,
  signal: AbortSignal | undefined,
): Promise<ReconnectingClient> {
  const client = new ReconnectingClient({
    ...reconnectingInit(runtime, Client, url, options),
    later,
  });
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      client.close();
    };
    const settle = (): void => {
      client.off("open", open).off("close", close);
      signal?.removeEventListener("abort", abort);
    };
    function open(): void {
      settle();
      resolve(client);
    }
    function close(): void {
      settle();
      reject(signal?.aborted ? signal.reason : client.failure);
    }
    client.on("open", open).on("close", close);
    signal?.addEventListener("abort", abort);
  });
}
