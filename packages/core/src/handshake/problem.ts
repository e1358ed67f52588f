/** The reason for refusing an opening request, for people, and the status to send (RFC 6455 §4.2.2). The head parser's failures have this form too. */
export interface HandshakeProblem {
  readonly message: string;
  readonly status: number;
}

/** @param status 426 for an unsupported version @defaultValue 400 */
export const handshakeProblem = (message: string, status = 400): HandshakeProblem => ({
  message,
  status,
});
