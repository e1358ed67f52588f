import type { ProtocolViolation, ViolationCode } from "../../violation.ts";

type Describe = (detail: number) => readonly [text: string, code: string, type?: typeof Error];

const frame = (
  text: string,
  code: string,
  type: typeof Error = RangeError,
): ReturnType<Describe> => [`Invalid WebSocket frame: ${text}`, code, type];
const tooLong: ReturnType<Describe> = [
  "Unsupported WebSocket frame: payload length > 2^53 - 1",
  "WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH",
];
const badOpcode: Describe = (opcode) => frame(`invalid opcode ${opcode}`, "WS_ERR_INVALID_OPCODE");
const badLength = (length: number): ReturnType<Describe> =>
  frame(`invalid payload length ${length}`, "WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH");
const badUtf8: Describe = () => frame("invalid UTF-8 sequence", "WS_ERR_INVALID_UTF8", Error);

/** The texts, codes and classes of `ws` for a peer's violations, which programs and their tests compare. */
const names: Partial<Record<ViolationCode, Describe>> = {
  "reserved-bits": (rsv) =>
    (rsv & 3) === 0
      ? frame("RSV1 must be clear", "WS_ERR_UNEXPECTED_RSV_1")
      : frame("RSV2 and RSV3 must be clear", "WS_ERR_UNEXPECTED_RSV_2_3"),
  "unknown-opcode": badOpcode,
  "unexpected-continuation": badOpcode,
  "interrupted-message": badOpcode,
  "fragmented-control": () => frame("FIN must be set", "WS_ERR_EXPECTED_FIN"),
  "oversized-control": badLength,
  "invalid-close": () => badLength(1),
  "mask-required": () => frame("MASK must be set", "WS_ERR_EXPECTED_MASK"),
  "mask-forbidden": () => frame("MASK must be clear", "WS_ERR_UNEXPECTED_MASK"),
  "invalid-close-code": (code) => frame(`invalid status code ${code}`, "WS_ERR_INVALID_CLOSE_CODE"),
  "invalid-close-reason": badUtf8,
  "invalid-utf8": badUtf8,
  "invalid-length": () => tooLong,
  "message-too-big": (limit) =>
    limit === 0 ? tooLong : ["Max payload size exceeded", "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH"],
  "too-many-fragments": () => ["Too many message fragments", "WS_ERR_TOO_MANY_BUFFERED_PARTS"],
};

/**
 * Returns the error of the `error` event for a violation: that of `ws`, with the {@link ProtocolViolation} as its `cause`; zlib's own error for
 * data that does not inflate. Violations without a name in `ws` keep our text and code.
 */
export function errorOf(violation: ProtocolViolation): Error {
  const { code, cause, detail } = violation;
  if (code === "invalid-compressed-data" && cause instanceof Error) return cause;
  const named = names[code]?.(detail) ?? ([violation.message, code, Error] as const);
  const [text, name, type = RangeError] = named;
  return Object.assign(new type(text, { cause: violation }), { code: name });
}
