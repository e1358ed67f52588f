/** Reads the extensions that two heads agree on (RFC 6455 §9.1, RFC 7692 §7.1). */
import { type ExtensionOffer, parseOffers } from "../../extension/offers.ts";
import type { LintHead } from "../model.ts";
import type { DeflateTerms } from "./deflate.ts";
import { type OpeningFault, valueOf } from "./opening.ts";

export interface Agreed {
  /** The parameters of each side's compression; nothing without agreed compression. */
  readonly deflate: { readonly client: DeflateTerms; readonly server: DeflateTerms } | undefined;
  /** Names of extensions whose frames cannot be read. */
  readonly unknown: readonly string[];
  readonly faults: readonly OpeningFault[];
}

const DEFLATE = "permessage-deflate";
const FIELD = "sec-websocket-extensions";

/** Reads the agreed extensions. `request` is missing where the file lacks it. */
export function agreedOn(request: LintHead | undefined, response: LintHead): Agreed {
  const faults: OpeningFault[] = [];
  const offered = read(request, "client", faults);
  const accepted = read(response, "server", faults) ?? [];
  const says = (code: string, clause: string, message: string): void => {
    faults.push({ side: "server", code, clause, message });
  };
  for (const { name } of accepted)
    if (offered !== undefined && !offered.some((offer) => offer.name === name))
      says("extension-not-offered", "RFC 6455 §9.1", `The extension ${name} was not offered`);
  const deflates = accepted.filter(({ name }) => name === DEFLATE);
  if (deflates.length > 1)
    says("extension-twice", "RFC 7692 §5", "permessage-deflate is accepted more than once");
  const unknown = accepted.map(({ name }) => name).filter((name) => name !== DEFLATE);
  const [answer] = deflates;
  if (answer === undefined) return { deflate: undefined, unknown, faults };
  const offers = offered?.filter(({ name }) => name === DEFLATE);
  for (const problem of problemsOf(answer, offers))
    says("deflate-parameter", "RFC 7692 §7.1", problem);
  return { deflate: termsOf(answer), unknown, faults };
}

function read(
  head: LintHead | undefined,
  side: "client" | "server",
  faults: OpeningFault[],
): ExtensionOffer[] | undefined {
  if (head === undefined) return undefined;
  const field = valueOf(head, FIELD);
  if (field === undefined) return [];
  const offers = parseOffers(field);
  if (offers === undefined)
    faults.push({
      side,
      code: "extension-field",
      clause: "RFC 6455 §9.1",
      message: `Sec-WebSocket-Extensions cannot be read: ${field}`,
    });
  return offers;
}

function termsOf({ parameters }: ExtensionOffer): Agreed["deflate"] {
  const bits = (name: string): number => {
    const value = parameters.get(name);
    return typeof value === "number" && value >= 8 && value <= 15 ? value : 15;
  };
  return {
    client: {
      takeover: !parameters.has("client_no_context_takeover"),
      windowBits: bits("client_max_window_bits"),
    },
    server: {
      takeover: !parameters.has("server_no_context_takeover"),
      windowBits: bits("server_max_window_bits"),
    },
  };
}

/** Returns the problems of a response: in itself, and for each of the offers. */
function problemsOf(
  answer: ExtensionOffer,
  offers: readonly ExtensionOffer[] | undefined,
): string[] {
  const own = [...answer.parameters].flatMap(([name, value]) => {
    const problem = valueProblem(name, value);
    return problem === undefined ? [] : [problem];
  });
  if (own.length > 0 || offers === undefined || offers.length === 0) return own;
  const perOffer = offers.map((offer) => answerProblems(answer, offer));
  return perOffer.find((problems) => problems.length === 0) ?? perOffer[0]!;
}

function valueProblem(name: string, value: unknown): string | undefined {
  if (/^(server|client)_no_context_takeover$/.test(name))
    return value === true ? undefined : `${name} has the value ${String(value)}`;
  if (/^(server|client)_max_window_bits$/.test(name)) {
    const isBits =
      typeof value === "number" && Number.isInteger(value) && value >= 8 && value <= 15;
    return isBits ? undefined : `${name} is ${String(value)}, not a number from 8 to 15`;
  }
  return `the parameter ${name} is not known`;
}

function answerProblems(
  { parameters: answer }: ExtensionOffer,
  { parameters: offer }: ExtensionOffer,
): string[] {
  const problems: string[] = [];
  if (offer.has("server_no_context_takeover") && !answer.has("server_no_context_takeover"))
    problems.push("server_no_context_takeover was asked for, and is not in the answer");
  if (answer.has("client_max_window_bits") && !offer.has("client_max_window_bits"))
    problems.push("client_max_window_bits is in the answer, and was not offered");
  const asked = offer.get("server_max_window_bits");
  const given = answer.get("server_max_window_bits");
  if (typeof asked === "number" && (typeof given !== "number" || given > asked))
    problems.push(
      `server_max_window_bits=${asked} was asked for, and the answer has ${String(given ?? "none")}`,
    );
  return problems;
}
