import { ReconnectingClient } from "../../shell/reconnect/client.ts";
import type { ReconnectOptions } from "../../shell/reconnect/options.ts";
import type { Runtime } from "../../shell/runtime/runtime.ts";
import type { ClientConstructor } from "../constructors/client.ts";
import { checkClientOptions, type ClientOptions, refuseReserved } from "./options.ts";

/** The options of a `ReconnectingClient`: those of a `Client`, for each of its connections. */
export interface ReconnectingClientOptions extends ClientOptions {
  /** Subprotocols to offer, in order of preference; `TOPICS_PROTOCOL` to subscribe and resume. @defaultValue none */
  readonly protocols?: string | readonly string[] | undefined;
  /** When and how it reconnects. @defaultValue true: with the defaults of these options */
  readonly reconnect?: ReconnectOptions | true | undefined;
}

/** Makes {@link ReconnectingClient}s, which connect at once. */
export interface ReconnectingConstructor {
  /** @throws {Error} for arguments that `Client` refuses, and for an invalid option of `reconnect`. */
  new (url: string | URL, options?: ReconnectingClientOptions): ReconnectingClient;
  readonly prototype: ReconnectingClient;
}

/** Makes `ReconnectingClient` from the client class of a runtime. */
export function reconnectingConstructor(
  runtime: Runtime,
  Client: ClientConstructor,
): ReconnectingConstructor {
  function ReconnectingFunction(
    url: string | URL,
    options: ReconnectingClientOptions = {},
  ): ReconnectingClient {
    checkClientOptions("new ReconnectingClient", options);
    refuseReserved(options.headers);
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

/** Resolves with a client once its first connection is open. */
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
