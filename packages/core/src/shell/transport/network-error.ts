/**
 * Advice about an error of the system or of TLS, by its code: the most common reason. The message itself names the failed step.
 * The codes of certificates are OpenSSL's names, as all three runtimes give them.
 */
const ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there; is the server up, and the port right?",
  ECONNRESET:
    "the other side dropped the connection before it opened; does it want wss:, or did a firewall do it?",
  ENOTFOUND: "there is no such host; is the name right?",
  EAI_AGAIN: "the name cannot be looked up now; is there a network, and a DNS server?",
  ETIMEDOUT: "nothing answers there; is the address right, and does a firewall let it through?",
  EHOSTUNREACH: "there is no way to that host; is there a network, and is the address right?",
  ENETUNREACH:
    "there is no way to that network; is there one, and does it have addresses of this family?",
  EACCES: "this process may not connect there; does it have the rights, and does a sandbox let it?",
  ERR_ACCESS_DENIED: "Node's permission model forbids it: give --allow-net",
  ENOENT: "there is no such socket; does its path exist, and is the server up?",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the certificate is signed by itself; trust it by the option ca",
  SELF_SIGNED_CERT_IN_CHAIN:
    "the certificate is signed by an authority that is not trusted; trust it by the option ca",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "the certificate's authority is not known; trust it by the option ca, or let the server send its whole chain",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    "the certificate's authority is not known; trust it by the option ca",
  UNABLE_TO_GET_ISSUER_CERT: "the certificate's authority is not known; trust it by the option ca",
  CERT_HAS_EXPIRED: "the certificate is too old; is the clock right?",
  CERT_NOT_YET_VALID: "the certificate is not valid yet; is the clock right?",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "the certificate is for another name; is the host right, or is tls.servername wanted?",
};

/** Advice about failures of TLS itself, by OpenSSL's words, since some runtimes and versions give all of them the code `EPROTO`. */
const TLS_ADVICE: readonly (readonly [words: RegExp, advice: string])[] = [
  [
    /wrong.version.number/i,
    "the other side does not speak TLS on that port; is ws: or an http: proxy meant?",
  ],
  [
    /certificate.?required/i,
    "the server wants a certificate of the client's: give tls.cert and tls.key",
  ],
  [
    /handshake.?failure/i,
    "the two have no version or cipher of TLS in common, or the server wants a certificate of the client's: then give tls.cert and tls.key",
  ],
];

/** Makes the error of a process that Node's permission model does not let listen. */
export const deniedError = (): Error =>
  Object.assign(
    new Error("Node's permission model forbids it (--permission): give --allow-net too"),
    { code: "ERR_ACCESS_DENIED" },
  );

/** A URL as people may see it, in logs too: without user and password, and without the query, in which tokens travel. */
export const withoutUser = (url: string): string =>
  url.replace(/^([^/?#]*\/\/)[^/?#]*@/, "$1").replace(/\?[^]+$/, "?…");

const codeOf = (cause: unknown): unknown => (cause as { code?: unknown } | null | undefined)?.code;

/** Says why a connection failed: the error's own words, and advice. */
export function describeConnectError(cause: unknown): string {
  const code = codeOf(cause);
  const words = describeNetworkError(cause);
  if (typeof code !== "string" || (cause as { advised?: unknown }).advised === true) return words;
  const advice = /^EPROTO$|^ERR_SSL_/.test(code)
    ? TLS_ADVICE.find(([failure]) => failure.test(words))?.[1]
    : Object.hasOwn(ADVICE, code)
      ? ADVICE[code]
      : undefined;
  return advice === undefined ? words : `${words} (${advice})`;
}

/** How many levels of causes to read: `fetch` has two. */
const DEPTH = 4;

/**
 * Says why a request failed. The error of `fetch` says "fetch failed", and its causes say why: each adds its words, unless they stand there
 * already, and the last adds advice.
 */
export function describeFetchError(error: unknown): string {
  const words: string[] = [];
  let cause = error;
  for (let depth = 1; ; depth++) {
    const beneath = cause instanceof Error ? cause.cause : undefined;
    const isLast = beneath === undefined || beneath === null || depth === DEPTH;
    const said = isLast ? describeConnectError(cause) : describeNetworkError(cause);
    if (!words.some((other) => other.includes(said))) words.push(said);
    if (isLast) break;
    cause = beneath;
  }
  return (words.length > 1 && /^fetch failed$/i.test(words[0]!) ? words.slice(1) : words).join(
    ": ",
  );
}

/** Returns an error's own words, or those of all its errors: attempts at several addresses fail with one error without words. */
export function describeNetworkError(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const { errors } = cause as { errors?: unknown };
  if (cause.message !== "") return cause.message.trimEnd(); // messages of OpenSSL end in a line break
  return Array.isArray(errors)
    ? errors.map(describeNetworkError).join("; ")
    : String(codeOf(cause) ?? cause.name);
}
