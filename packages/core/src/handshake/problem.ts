import { versions } from "./versions.ts";

const SUPPORTED = [...versions.keys()].join(", ");

/** Why an opening request is refused, and what to answer it with (RFC 6455 §4.2.2). */
export class HandshakeProblem {
  /** For people: the body of the refusal, and what the application is told. */
  readonly message: string;
  readonly status: number;
  /** Of the refusal, beside those that describe its body. */
  readonly headers: readonly (readonly [name: string, value: string])[];

  /** @param status 400; 426 for a version we do not speak; or what the head parser found. */
  constructor(message: string, status = 400) {
    this.message = message;
    this.status = status;
    // 426 must name what to upgrade to, and so list the field in Connection (RFC 9110 §15.5.22, §7.8).
    this.headers = status === 426 ? [["Connection", "close, Upgrade"], ["Upgrade", "websocket"], ["Sec-WebSocket-Version", SUPPORTED]]
      : status === 400 ? [["Connection", "close"], ["Sec-WebSocket-Version", SUPPORTED]]
      : [["Connection", "close"]];
  }
}
