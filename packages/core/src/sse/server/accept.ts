import { splitList, trimBlanks } from "../../http/tokens.ts";

const MEDIA_TYPE = "text/event-stream";

/**
 * Returns whether an `Accept` field asks for an event stream by name (RFC 9110 §12.5.1): `text/event-stream`, in any case and with any
 * parameters, but a weight of 0. Ranges with an asterisk, which every client sends, do not count.
 */
export function acceptsEventStream(accept: string | null | undefined): boolean {
  return (
    typeof accept === "string" &&
    splitList(accept).some((range) => {
      const [type, ...parameters] = range.split(";");
      return trimBlanks(type!).toLowerCase() === MEDIA_TYPE && !parameters.some(isRefusal);
    })
  );
}

/** `q=0`, `Q=0.000`: not acceptable (RFC 9110 §12.4.2). */
function isRefusal(parameter: string): boolean {
  const [name, value = ""] = parameter.split("=");
  return trimBlanks(name!).toLowerCase() === "q" && /^0(?:\.0{0,3})?$/.test(trimBlanks(value));
}
