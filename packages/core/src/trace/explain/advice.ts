import type { ViolationCode } from "../../violation.ts";

/** The usual cause of each violation and its remedy: one sentence each. */
export const ADVICE: Readonly<Record<ViolationCode, string>> = {
  "reserved-bits":
    "reserved1 marks a compressed message (RFC 7692 §7.2.1), which only a peer that agreed on permessage-deflate may send: enable perMessageDeflate here, or disable compression there. Any other bit needs an extension that was agreed on.",
  "unknown-opcode":
    "Only opcodes 0, 1, 2, 8, 9 and 10 exist. Mostly the stream has lost its place: a length before it was wrong, or something else than frames was written to the socket.",
  "mask-required":
    "A client must mask each frame (RFC 6455 §5.3): mend the client, or what stands between, such as a proxy that speaks for it.",
  "mask-forbidden":
    "A server must not mask: mend the server, or see whether two clients were connected to each other.",
  "fragmented-control":
    "Pings, pongs and close frames must have FIN set: send them whole, between the fragments of a message.",
  "oversized-control":
    "A ping, pong or close frame carries 125 bytes at most: shorten the close reason, or send the payload as a message.",
  "non-minimal-length":
    "A length must have its shortest form: 126 is for 126 to 65535 bytes, 127 for more.",
  "invalid-length":
    "The first bit of a 64-bit length must be 0: the length was made from a negative or a wrongly ordered number.",
  "unexpected-continuation":
    "A continuation frame (opcode 0) needs a message begun by a text or binary frame without FIN: keep the order of frames when several writers share a connection.",
  "interrupted-message":
    "A message must end, by a frame with FIN, before the next begins: do not send from two places at once while a message goes out in fragments.",
  "invalid-close":
    "The payload of a close frame is empty, or two bytes of code and a reason: one byte is neither.",
  "invalid-close-code":
    "Applications may send 1000, 1001 to 1003, 1007 to 1014 and 3000 to 4999: 1005, 1006 and 1015 are never sent (RFC 6455 §7.4.1).",
  "invalid-close-reason":
    "The reason of a close frame must be UTF-8, also where it was shortened: cut it between characters.",
  "invalid-utf8":
    "A text message must be UTF-8 as a whole: send bytes of another encoding, and data that was cut within a character, as a binary message.",
  "message-too-big":
    "Raise maxMessageSize where such messages are meant to come, read them in fragments by messages(), or have the peer send less at once.",
  "too-many-fragments": "Raise maxFragments, or have the peer send larger fragments.",
  "invalid-compressed-data":
    "The peer's DEFLATE data is broken, or refers to a window that was not agreed on: compare the window bits and context takeover in the two heads.",
  "compression-failed":
    "The runtime could not compress, for lack of memory mostly: lower perMessageDeflate's memLevel or window bits, or raise the threshold.",
  "extension-failed": "An extension threw: its error is the cause.",
  "output-overflow":
    'The peer reads more slowly than this side sends: wait for drain when send() returns false, set overflow to "drop" for what is stale soon, or raise maxBufferedBytes.',
  "handshake-failed":
    "Compare the head with RFC 6455 §4.2.1: a proxy between may have dropped Upgrade and Connection, and a page of another origin is refused unless origins lists it.",
  "opening-refused":
    "The server answered with this status: its body often says why. 401 and 403 need credentials or an allowed origin, 404 another path, 426 another version or a proxy that passes Upgrade on.",
  "redirect-refused": "Connect to where the server redirects, if that is meant.",
  "proxy-refused":
    "The proxy does not allow this CONNECT: check its credentials and which ports it lets through.",
  "handshake-timeout":
    "Nothing that completes the opening came in time: is it a WebSocket server, is TLS spoken on both sides or on none, does the application call accept() in time? handshakeTimeout says how long is waited.",
  "pong-timeout":
    "The peer is gone, or its event loop was blocked for as long: see pingInterval and pongTimeout.",
};

/** The meanings of the codes of RFC 6455 §7.4.1 and of its registry. */
const CODES: Readonly<Record<number, string>> = {
  1000: "normal closure",
  1001: "going away: a page was left, or a server stops",
  1002: "protocol error",
  1003: "a kind of data that is not accepted",
  1005: "no code in the close frame",
  1006: "no close frame came",
  1007: "data that is not what its type says, such as text that is not UTF-8",
  1008: "policy violation",
  1009: "message too big",
  1010: "an extension is missing",
  1011: "an unexpected condition in the server",
  1012: "service restart",
  1013: "try again later",
  1014: "bad gateway",
  1015: "TLS handshake failed",
};

/** Returns the meaning of a close code. */
export function meaningOf(code: number): string {
  if (code >= 4000) return "the application's own";
  return (
    CODES[code] ?? (code >= 3000 ? "registered with IANA for a library or framework" : "reserved")
  );
}
