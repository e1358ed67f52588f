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
} from "../extension/extension.ts";
import { UsageError } from "../violation.ts";

/** A message as plug-ins for npm `websocket-extensions` see it. */
interface PluginMessage {
  rsv1: boolean;
  rsv2: boolean;
  rsv3: boolean;
  opcode: number;
  data: Buffer;
}

type PluginParameters = Record<string, ParameterValue | readonly ParameterValue[]>;
type PluginCallback = (error: Error | null, message: PluginMessage) => void;

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
  createClientSession(options?: SessionLimits & { maxLength: number }): PluginClientSession | null | undefined;
  createServerSession(offers: PluginParameters[], options?: SessionLimits & { maxLength: number }): PluginServerSession | null | undefined;
}

/**
 * Makes an extension of a plug-in. Exceptions it throws, and callbacks it makes twice, stay its own trouble.
 * @throws {UsageError} saying what is missing, in the words of websocket-extensions.
 */
export function extensionFromPlugin(plugin: ExtensionPlugin): Extension {
  checkPlugin(plugin);
  const { name } = plugin;
  return {
    name,
    rsv: (plugin.rsv1 ? 4 : 0) | (plugin.rsv2 ? 2 : 0) | (plugin.rsv3 ? 1 : 0),
    offer(limits): ClientOffer {
      const session = plugin.createClientSession(optionsOf(limits)) ?? undefined;
      const offer = session?.generateOffer() || [];
      return {
        parameters: (Array.isArray(offer) ? offer as readonly PluginParameters[] : [offer as PluginParameters]).map(fromPlain),
        activate: (answer) => session?.activate(toPlain(answer)) === true ? new PluggedSession(name, session) : undefined,
        decline: () => session?.close(),
      };
    },
    accept(offers, limits) {
      const session = plugin.createServerSession(offers.map(toPlain), optionsOf(limits));
      return session ? { parameters: fromPlain(session.generateResponse()), session: new PluggedSession(name, session) } : undefined;
    },
  };
}

/** Plug-ins know the limit by faye-websocket's name. */
const optionsOf = (limits: SessionLimits): SessionLimits & { maxLength: number } => ({ ...limits, maxLength: limits.maxMessageSize });

class PluggedSession implements ExtensionSession {
  readonly onlyMarked = false;
  private readonly name: string;
  private readonly session: PluginSession;

  constructor(name: string, session: PluginSession) {
    this.name = name;
    this.session = session;
  }

  incoming(message: ExtensionMessage, done: Done): void {
    this.run("processIncomingMessage", message, done);
  }

  outgoing(message: ExtensionMessage, done: Done): void {
    this.run("processOutgoingMessage", message, done);
  }

  close(): void {
    this.session.close();
  }

  private run(method: "processIncomingMessage" | "processOutgoingMessage", message: ExtensionMessage, done: Done): void {
    const fail = (error: unknown): void => {
      done({ code: "extension-failed", message: `${this.name}: ${error instanceof Error ? error.message : String(error)}` });
    };
    try {
      this.session[method](pluginMessage(message), (error, result) => {
        if (error) return fail(error);
        message.rsv = (result.rsv1 ? 4 : 0) | (result.rsv2 ? 2 : 0) | (result.rsv3 ? 1 : 0);
        message.data = result.data;
        done(undefined);
      });
    } catch (error) {
      fail(error);
    }
  }
}

function pluginMessage({ rsv, opcode, data }: ExtensionMessage): PluginMessage {
  return {
    rsv1: (rsv & 4) !== 0,
    rsv2: (rsv & 2) !== 0,
    rsv3: (rsv & 1) !== 0,
    opcode,
    data: Buffer.from(data.buffer as ArrayBuffer, data.byteOffset, data.length),
  };
}

/** Without a prototype: a parameter may be named `__proto__`. */
function toPlain(parameters: ExtensionParameters): PluginParameters {
  const plain = Object.create(null) as PluginParameters;
  for (const [name, value] of parameters) plain[name] = value;
  return plain;
}

const fromPlain = (plain: PluginParameters): ExtensionParameters => new Map(Object.entries(plain));

function checkPlugin(plugin: ExtensionPlugin): void {
  const given = plugin as Partial<ExtensionPlugin> | null | undefined;
  if (typeof given?.name !== "string") throw new UsageError("extension.name must be a string");
  if (given.type !== "permessage") throw new UsageError('extension.type must be "permessage"');
  for (const bit of ["rsv1", "rsv2", "rsv3"] as const) {
    if (typeof given[bit] !== "boolean") throw new UsageError(`extension.${bit} must be true or false`);
  }
}
