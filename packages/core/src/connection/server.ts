import type { Actions } from "../actions.ts";
import type { Choice, OpeningRequest, Refusal } from "../opening.ts";
import { type ConnectionOptions, resolveOptions } from "../options.ts";
import type { Platform } from "../platform.ts";
import { UsageError } from "../violation.ts";
import type { ServerConnection } from "./contract.ts";
import { Machine } from "./machine.ts";
import { ServerHandshake } from "./opening/server-handshake.ts";

/**
 * Makes the server's end of a connection. Tell it `receiveRequest()` when an HTTP server has parsed the
 * opening request, or `expectRequest()` and then every byte.
 *
 * @throws {UsageError} for an option that is not known or out of range.
 */
export function createServerConnection(
  actions: Actions,
  platform: Platform,
  options?: Partial<ConnectionOptions>,
): ServerConnection {
  return new ServerMachine("server", actions, platform, resolveOptions(options), serverSide);
}

const serverSide = (host: ConstructorParameters<typeof ServerHandshake>[0]): ServerHandshake =>
  new ServerHandshake(host);

/** What a server can do beside what both roles can. */
class ServerMachine extends Machine<ServerHandshake> implements ServerConnection {
  expectRequest(secure = false): void {
    if (this.handshake !== undefined) this.handshake.secure = secure;
    this.dispatch("request.expected");
    this.proceed(); // it may be there already
  }

  receiveRequest(request: OpeningRequest): void {
    this.opening("receiveRequest").receiveRequest(request);
  }

  accept(choice: Choice = {}): void {
    this.opening("accept").accept(choice);
  }

  reject(refusal: Refusal): void {
    this.opening("reject").reject(refusal);
  }

  private opening(command: string): ServerHandshake {
    if (this.handshake === undefined)
      throw new UsageError(`${command}: the connection is ${this.state}, its opening is over`);
    return this.handshake;
  }
}
