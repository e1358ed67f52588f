import type { Choice, HeaderInit, Refusal } from "../../opening.ts";
import type { TraceValue } from "../format.ts";
import { bytesValue, defined } from "../values.ts";
import { recordExtensions } from "./extensions.ts";
import type { Recording } from "./recording.ts";

/** Returns header fields as pairs: an iterable may be read only once. */
export function pairsOf(headers: HeaderInit): readonly (readonly [string, string])[] {
  return Symbol.iterator in headers
    ? [...(headers as Iterable<readonly [string, string]>)]
    : Object.entries(headers);
}

/** Returns the written form of extensions: their results are written as they come. */
export function namesOf(
  extensions: readonly { readonly name: string; readonly rsv: number }[],
): TraceValue {
  return extensions.map(({ name, rsv }) => ({ name, rsv }));
}

/** Returns `choice` with recorded extensions, and a recorded function for origins. */
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

/** Returns the written form of a choice. */
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

/** Returns the written form of a refusal. */
export function refusalValue({ status, statusText, headers, body }: Refusal): TraceValue {
  return defined({
    status,
    statusText,
    headers: headers && (pairsOf(headers) as TraceValue),
    body: typeof body === "object" ? bytesValue(body) : body,
  });
}
