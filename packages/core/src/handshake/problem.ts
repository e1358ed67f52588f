/** Why an opening request is refused, for people, and the status that says so (RFC 6455 §4.2.2). The head parser's failures are such, too. */
export interface HandshakeProblem {
  readonly message: string;
  readonly status: number;
}

/** @param status 426 for a version we do not speak @defaultValue 400 */
export const handshakeProblem = (message: string, status = 400): HandshakeProblem => ({
  message,
  status,
});
