import type { Choice, HeaderInit, Refusal } from "../../opening.ts";
import type { TraceValue } from "../format.ts";
import { bytesValue, defined } from "../values.ts";
import { recordExtensions } from "./extensions.ts";
import type { Recording } from "./recording.ts";

/** Returns header fields as pairs: what is iterable may be so only once. */
export function pairsOf(headers: HeaderInit): readonly (readonly [string, string])[] {
  return Symbol.iterator in headers
    ? [...(headers as Iterable<readonly [string, string]>)]
    : Object.entries(headers);
}

/** Returns extensions as they are written: what they do is written when they do it. */
export function namesOf(
  extensions: readonly { readonly name: string; readonly rsv: number }[],
): TraceValue {
  return extensions.map(({ name, rsv }) => ({ name, rsv }));
}

/** Returns `choice` with extensions, and a function for origins, whose answers are written down. */
export function wrapChoice(choice: Choice, log: Recording): Choice {
  const { headers, extensions, origins } = choice;
  return {
    ...choice,
    ...(headers && { headers: pairsOf(headers) }),
    ...(extensions && { extensions: recordExtensions(extensions, log) }),
    ...(typeof origins === "function" && {
      origins: (origin, request) => {
        const allowed = origins(origin, request);
        log.take("origin", [allowed]);
        return allowed;
      },
    }),
  };
}

/** Returns a choice as it is written. */
export function choiceValue({
  protocols,
  headers,
  extensions,
  drafts,
  origins,
}: Choice): TraceValue {
  return defined({
    protocols,
    headers: headers && (pairsOf(headers) as TraceValue),
    drafts,
    extensions: extensions && namesOf(extensions),
    origins: typeof origins === "function" ? { asks: true } : origins,
  });
}

/** Returns a refusal as it is written. */
export function refusalValue({ status, statusText, headers, body }: Refusal): TraceValue {
  return defined({
    status,
    statusText,
    headers: headers && (pairsOf(headers) as TraceValue),
    body: typeof body === "object" ? bytesValue(body) : body,
  });
}
