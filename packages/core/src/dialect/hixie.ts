/**
 * Drafts 75 and 76 (hybi-00) of the protocol, as browsers spoke them in 2010: server only, and opt-in. A client's
 * request shows its version by the fields it lacks.
 */
import { md5 } from "../digest/md5.ts";
import { type HandshakeProblem, handshakeProblem } from "../handshake/problem.ts";
import { type Acceptance, acceptanceFields } from "../handshake/response.ts";
import { chooseProtocol } from "../handshake/negotiate.ts";
import { writeResponseHead } from "../http/head-writer.ts";
import { isFieldValue } from "../http/tokens.ts";
import type { Choice, OpeningRequest } from "../opening.ts";
import type { Dialect } from "./dialect.ts";

/** Eight bytes follow the head of draft 76: they prove that the response comes from no cache. */
const BODY_SIZE = 8;
const SUPPORTS = { binary: false, ping: false };

export const hixie75: Dialect = {
  version: "hixie-75",
  framing: "hixie",
  supports: { ...SUPPORTS, closeHandshake: false },
  respond: (request, choice) =>
    accept(request, choice, "Web Socket Protocol Handshake", "WebSocket-"),
};

export const hixie76: Dialect = {
  version: "hixie-76",
  framing: "hixie",
  supports: { ...SUPPORTS, closeHandshake: true },
  respond(request, choice) {
    const keys: Uint8Array[] = [];
    for (const name of ["Sec-WebSocket-Key1", "Sec-WebSocket-Key2"]) {
      const field = request.headers.get(name.toLowerCase());
      if (field === undefined) return handshakeProblem(`Missing required header: ${name}`);
      const key = keyOf(field);
      if (key === undefined)
        return handshakeProblem("Client sent invalid Sec-WebSocket-Key headers");
      keys.push(key);
    }
    const acceptance = accept(request, choice, "WebSocket Protocol Handshake", "Sec-WebSocket-");
    if ("status" in acceptance) return acceptance;
    return {
      ...acceptance,
      body: {
        size: BODY_SIZE,
        answer: (body) => md5(Uint8Array.of(...keys[0]!, ...keys[1]!, ...body)),
      },
    };
  },
};

/**
 * The number a key hides, in four bytes: its digits, divided by the count of its spaces (draft-hixie-thewebsocketprotocol-76 §5.2).
 * `undefined` where that is no whole number of 32 bits.
 */
function keyOf(field: string): Uint8Array | undefined {
  let digits = 0;
  let spaces = 0;
  for (let i = 0; i < field.length; i++) {
    const character = field.charCodeAt(i);
    if (character === 32) spaces++;
    else if (character >= 48 && character <= 57) digits = digits * 10 + character - 48;
    if (digits > Number.MAX_SAFE_INTEGER) return undefined;
  }
  const number = digits / spaces;
  if (spaces === 0 || !Number.isInteger(number) || number > 0xffff_ffff) return undefined;
  return Uint8Array.of(
    number / 0x100_0000,
    (number >>> 16) & 255,
    (number >>> 8) & 255,
    number & 255,
  );
}

function accept(
  request: OpeningRequest,
  choice: Choice,
  phrase: string,
  prefix: string,
): Acceptance | HandshakeProblem {
  const { headers, target, secure = false } = request;
  const fields = acceptanceFields(choice);
  const protocol = chooseProtocol(headers.get("sec-websocket-protocol"), choice.protocols ?? []);
  const origin = headers.get("origin") ?? "";
  const location = `${secure ? "wss" : "ws"}://${headers.get("host") ?? ""}${target}`;
  // Our head quotes the peer here: an invalid character is the peer's mistake, not the application's.
  if (!isFieldValue(origin) || !isFieldValue(location))
    return handshakeProblem("Client sent an address that cannot be repeated");
  fields.push(
    ["Upgrade", "WebSocket"],
    ["Connection", "Upgrade"],
    [`${prefix}Origin`, origin],
    [`${prefix}Location`, location],
  );
  if (protocol !== "") fields.push([`${prefix}Protocol`, protocol]);
  const version = prefix === "WebSocket-" ? "hixie-75" : "hixie-76";
  return {
    bytes: writeResponseHead(101, phrase, fields),
    opening: { version, protocol, extensions: "", response: undefined },
  };
}
