import { Chain, closeQuietly } from "./chain.ts";
import type {
  ClientOffer,
  Extension,
  ExtensionParameters,
  ExtensionSession,
  SessionLimits,
} from "./extension.ts";
import { type ExtensionOffer, formatOffer, parseOffers } from "./offers.ts";

/** The agreed extensions. */
export interface Agreement {
  /** The field of the response, `""` where no extension is active. */
  readonly field: string;
  /** `undefined` where no extension is active. */
  readonly chain: Chain | undefined;
}

const NOTHING: Agreement = { field: "", chain: undefined };

/**
 * Server: answers the client's `Sec-WebSocket-Extensions` (RFC 6455 §9.1). Extensions answer in the server's order; one whose
 * reserved bits are taken is skipped. Returns a text with the problem where the field is malformed, or where an extension throws:
 * the client's parameters caused it.
 */
export function answerExtensions(
  field: string | undefined,
  extensions: readonly Extension[],
  limits: SessionLimits,
): Agreement | string {
  const offers = field === undefined ? [] : parseOffers(field);
  if (offers === undefined) return `Invalid Sec-WebSocket-Extensions header: ${field}`;
  const sessions: ExtensionSession[] = [];
  const answers: string[] = [];
  let taken = 0;
  for (const extension of extensions) {
    const { name, rsv } = extension;
    const alternatives = offers
      .filter((offer) => offer.name === name)
      .map(({ parameters }) => parameters);
    if (alternatives.length === 0 || (rsv & taken) !== 0) continue;
    const answer = attempt(name, () => extension.accept(alternatives, limits));
    if (answer === undefined) continue;
    if (typeof answer === "string") {
      sessions.forEach(closeQuietly);
      return answer;
    }
    taken |= rsv;
    sessions.push(answer.session);
    answers.push(formatOffer({ name, parameters: answer.parameters }));
  }
  return sessions.length === 0
    ? NOTHING
    : { field: answers.join(", "), chain: new Chain(sessions, taken) };
}

/** A client's offers, until the server has answered. */
export class ClientOffers {
  /** The field of the request, `""` without offers. */
  readonly field: string;
  private readonly open: Map<
    string,
    { readonly extension: Extension; readonly offer: ClientOffer }
  >;

  constructor(extensions: readonly Extension[], limits: SessionLimits) {
    const open = new Map<string, { extension: Extension; offer: ClientOffer }>();
    const elements: string[] = [];
    for (const extension of extensions) {
      const offer = extension.offer(limits);
      for (const parameters of offer.parameters)
        elements.push(formatOffer({ name: extension.name, parameters }));
      if (offer.parameters.length > 0) open.set(extension.name, { extension, offer });
    }
    this.field = elements.join(", ");
    this.open = open;
  }

  /** Activates the server's choice, in its order. Returns a text with the problem where the choice is not allowed. */
  activate(field: string): Agreement | string {
    const answers = parseOffers(field);
    if (answers === undefined) return `Invalid Sec-WebSocket-Extensions header: ${field}`;
    const sessions: ExtensionSession[] = [];
    const chosen = new Map<string, number>();
    const problem = this.activateAll(answers, sessions, chosen);
    for (const name of chosen.keys()) this.open.delete(name);
    this.decline();
    if (problem !== undefined) {
      sessions.forEach(closeQuietly);
      return problem;
    }
    return sessions.length === 0
      ? NOTHING
      : {
          field,
          chain: new Chain(
            sessions,
            [...chosen.values()].reduce((all, rsv) => all | rsv, 0),
          ),
        };
  }

  /** Declines every extension that the server did not choose, or never will. */
  decline(): void {
    for (const [name, { offer }] of this.open) {
      attempt(name, () => {
        offer.decline?.();
        return undefined;
      });
    }
    this.open.clear();
  }

  private activateAll(
    answers: readonly ExtensionOffer[],
    sessions: ExtensionSession[],
    chosen: Map<string, number>,
  ): string | undefined {
    for (const { name, parameters } of answers) {
      const known = this.open.get(name);
      if (known === undefined || chosen.has(name))
        return `Server sent an extension response for unknown extension "${name}"`;
      const { rsv } = known.extension;
      for (const [other, taken] of chosen) {
        if ((rsv & taken) !== 0)
          return `Server sent two extension responses that use the RSV${bitName(rsv & taken)} bit: "${other}" and "${name}"`;
      }
      const session = attempt(name, () => known.offer.activate(parameters));
      if (typeof session === "string") return session;
      if (session === undefined)
        return `Server sent unacceptable extension parameters: ${describe(name, parameters)}`;
      sessions.push(session);
      chosen.set(name, rsv);
    }
    return undefined;
  }
}

/** Calls an extension, which is foreign code. An exception becomes text. */
function attempt<T extends object>(name: string, ask: () => T | undefined): T | string | undefined {
  try {
    return ask();
  } catch (error) {
    return `${name}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const bitName = (bits: number): number => ((bits & 4) !== 0 ? 1 : (bits & 2) !== 0 ? 2 : 3);
const describe = (name: string, parameters: ExtensionParameters): string =>
  formatOffer({ name, parameters });
