import { Buffer } from "node:buffer";
import type {
  ClientOffer,
  Done,
  Extension,
  ExtensionMessage,
  ExtensionParameters,
  ExtensionSession,
  ParameterValue,
  SessionLimits,
} from "../../../extension/extension.ts";
import { UsageError } from "../../../violation.ts";

/** A message as plug-ins for npm `websocket-extensions` see it. */
interface PluginMessage {
  rsv1: boolean;
  rsv2: boolean;
  rsv3: boolean;
  opcode: number;
  data: Buffer;
}

type PluginParameters = Record<string, ParameterValue | readonly ParameterValue[]>;
type PluginCallback = (error: Error | null, message?: PluginMessage | null) => void;

interface PluginSession {
  processIncomingMessage(message: PluginMessage, callback: PluginCallback): void;
  processOutgoingMessage(message: PluginMessage, callback: PluginCallback): void;
  close(): void;
}

interface PluginClientSession extends PluginSession {
  generateOffer(): PluginParameters | readonly PluginParameters[] | null | undefined | false;
  activate(parameters: PluginParameters): boolean;
}

interface PluginServerSession extends PluginSession {
  generateResponse(): PluginParameters;
}

/** An extension written for npm `websocket-extensions`, such as npm `permessage-deflate`. */
export interface ExtensionPlugin {
  readonly name: string;
  readonly type: "permessage";
  readonly rsv1: boolean;
  readonly rsv2: boolean;
  readonly rsv3: boolean;
  createClientSession(
    options?: SessionLimits & { maxLength: number },
  ): PluginClientSession | null | undefined;
  createServerSession(
    offers: PluginParameters[],
    options?: SessionLimits & { maxLength: number },
  ): PluginServerSession | null | undefined;
}

/**
 * Makes an extension of a plug-in. If it throws on a message, the connection ends, not the process; a second call of a callback is ignored.
 * @throws {UsageError} saying what is missing, in the words of websocket-extensions.
 */
export function extensionFromPlugin(plugin: ExtensionPlugin): Extension {
  checkPlugin(plugin);
  const { name } = plugin;
  const rsv = bitsOf(plugin);
  return {
    name,
    rsv,
    offer(limits): ClientOffer {
      const session = plugin.createClientSession(optionsOf(limits)) ?? undefined;
      const offer = session?.generateOffer() || [];
      return {
        parameters: (Array.isArray(offer)
          ? (offer as readonly PluginParameters[])
          : [offer as PluginParameters]
        ).map(fromPlain),
        activate: (answer) =>
          session?.activate(toPlain(answer)) === true
            ? new PluggedSession(name, rsv, session)
            : undefined,
        decline: () => session?.close(),
      };
    },
    accept(offers, limits) {
      const session = plugin.createServerSession(offers.map(toPlain), optionsOf(limits));
      return session
        ? {
            parameters: fromPlain(session.generateResponse()),
            session: new PluggedSession(name, rsv, session),
          }
        : undefined;
    },
  };
}

/** Returns the limits with `maxLength`, faye-websocket's name of the limit, which plug-ins read. */
const optionsOf = (limits: SessionLimits): SessionLimits & { maxLength: number } => ({
  ...limits,
  maxLength: limits.maxMessageSize,
});

class PluggedSession implements ExtensionSession {
  readonly onlyMarked = false;
  private readonly name: string;
  private readonly rsv: number;
  private readonly session: PluginSession;

  constructor(name: string, rsv: number, session: PluginSession) {
    this.name = name;
    this.rsv = rsv;
    this.session = session;
  }

  incoming(message: ExtensionMessage, done: Done): void {
    // Plug-ins do not clear their reserved bits of a message that they have decoded.
    this.run("processIncomingMessage", message, (failure) => {
      message.rsv &= ~this.rsv;
      done(failure);
    });
  }

  outgoing(message: ExtensionMessage, done: Done): void {
    this.run("processOutgoingMessage", message, done);
  }

  close(): void {
    this.session.close();
  }

  private run(
    method: "processIncomingMessage" | "processOutgoingMessage",
    message: ExtensionMessage,
    done: Done,
  ): void {
    const fail = (error: unknown): void => {
      done({
        code: "extension-failed",
        message: `${this.name}: ${error instanceof Error ? error.message : String(error)}`,
        cause: error,
      });
    };
    let called = false;
    try {
      this.session[method](pluginMessage(message), (error, result) => {
        if (called) return;
        called = true;
        if (error) return fail(error);
        if (!(result?.data instanceof Uint8Array))
          return fail(new TypeError("the message it made has no data"));
        message.rsv = bitsOf(result);
        message.data = result.data;
        done(undefined);
      });
    } catch (error) {
      fail(error);
    }
  }
}

const bitsOf = ({ rsv1, rsv2, rsv3 }: { rsv1?: boolean; rsv2?: boolean; rsv3?: boolean }): number =>
  (rsv1 ? 4 : 0) | (rsv2 ? 2 : 0) | (rsv3 ? 1 : 0);

function pluginMessage({ rsv, opcode, data }: ExtensionMessage): PluginMessage {
  return {
    rsv1: (rsv & 4) !== 0,
    rsv2: (rsv & 2) !== 0,
    rsv3: (rsv & 1) !== 0,
    opcode,
    data: Buffer.from(data.buffer as ArrayBuffer, data.byteOffset, data.length),
  };
}

/** Returns an object with a prototype, since plug-ins call `hasOwnProperty`; a parameter named `__proto__` is one like any other. */
function toPlain(parameters: ExtensionParameters): PluginParameters {
  const plain: PluginParameters = {};
  for (const [name, value] of parameters)
    Object.defineProperty(plain, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  return plain;
}

const fromPlain = (plain: PluginParameters): ExtensionParameters => new Map(Object.entries(plain));

function checkPlugin(plugin: ExtensionPlugin): void {
  const given = plugin as Partial<ExtensionPlugin> | null | undefined;
  if (typeof given?.name !== "string") throw new UsageError("extension.name must be a string");
  if (given.type !== "permessage") throw new UsageError('extension.type must be "permessage"');
  for (const bit of ["rsv1", "rsv2", "rsv3"] as const) {
    if (typeof given[bit] !== "boolean")
      throw new UsageError(`extension.${bit} must be true or false`);
  }
}
