import type {
  ClientOffer,
  Done,
  Extension,
  ExtensionFailure,
  ExtensionMessage,
  ExtensionParameters,
  ExtensionSession,
  ParameterValue,
  ServerAnswer,
} from "../../extension/extension.ts";
import type { TraceValue } from "../format.ts";
import { fromHex, isBytes } from "../values.ts";
import type { Player } from "./player.ts";

/** The recorded result for a message. */
type Result = { readonly [member: string]: TraceValue } | null;

/** The extensions of a replayed connection: they repeat the results in the trace. */
export class ReplayedExtensions {
  private readonly player: Player;
  /** The current message by name and direction. */
  private readonly pending = new Map<string, (result: Result) => void>();

  constructor(player: Player) {
    this.player = player;
  }

  /** Makes the extensions that a trace names. */
  named(value: TraceValue | undefined): readonly Extension[] {
    const names = (value ?? []) as readonly { readonly name: string; readonly rsv: number }[];
    return names.map(({ name, rsv }) => this.extension(name, rsv));
  }

  /** Makes the sessions of a connection whose handshake another library did, by their indexes. */
  sessions(onlyMarked: readonly TraceValue[]): readonly ExtensionSession[] {
    return onlyMarked.map((only, index) => this.session(`#${index}`, only === true));
  }

  /** Takes the input `extension.done`: the current message is done. */
  done([name, direction, result]: readonly TraceValue[]): void {
    const key = `${String(name)} ${String(direction)}`;
    const settle = this.pending.get(key);
    this.pending.delete(key);
    settle?.(result as Result);
  }

  private extension(name: string, rsv: number): Extension {
    const { player } = this;
    return {
      name,
      rsv,
      offer: (): ClientOffer => {
        const [alternatives] = player.take("extension.offer", [name]) ?? [[]];
        return {
          parameters: (alternatives as readonly TraceValue[]).map(parametersOf),
          activate: () => {
            const [agreed, onlyMarked] = player.take("extension.activate", [name]) ?? [false];
            return agreed === true ? this.session(name, onlyMarked === true) : undefined;
          },
        };
      },
      accept: (): ServerAnswer | undefined => {
        const [parameters, onlyMarked] = player.take("extension.accept", [name]) ?? [null];
        if (parameters === null || parameters === undefined) return undefined;
        return {
          parameters: parametersOf(parameters),
          session: this.session(name, onlyMarked === true),
        };
      },
    };
  }

  private session(name: string, onlyMarked: boolean): ExtensionSession {
    const pass =
      (direction: "incoming" | "outgoing") => (message: ExtensionMessage, done: Done) => {
        const { player } = this;
        if (player.takesNext("extension.done", [name, direction])) {
          const [result] = player.take("extension.done", [name, direction])!;
          return apply(result as Result, message, done);
        }
        this.pending.set(`${name} ${direction}`, (result) => {
          apply(result, message, done);
        });
      };
    return { onlyMarked, incoming: pass("incoming"), outgoing: pass("outgoing"), close: () => {} };
  }
}

function apply(result: Result, message: ExtensionMessage, done: Done): void {
  if (result === null) return done(undefined);
  const { failure, message: text, rsv, data } = result;
  if (typeof failure === "string") {
    return done({
      code: failure as ExtensionFailure["code"],
      ...(typeof text === "string" && { message: text }),
    });
  }
  if (isBytes(data)) message.data = fromHex(data.hex);
  message.rsv = Number(rsv);
  done(undefined);
}

function parametersOf(value: TraceValue): ExtensionParameters {
  return new Map(value as readonly (readonly [string, ParameterValue])[]);
}
