import type { PermessageDeflateOptions } from "../../../extension/permessage-deflate.ts";
import { equal, within } from "../../assertion.ts";
import { requestHead, responseHead, withRawServer, withServer } from "../../wire/line.ts";
import type { Check, Requirement } from "./requirement.ts";

const FIELD = "Sec-WebSocket-Extensions";
const NAME = "permessage-deflate";
const named = (parameters: string): string => (parameters === "" ? NAME : `${NAME}; ${parameters}`);

/** Contexts are kept and windows are whole, unless the other side asks. */
const PLAIN: PermessageDeflateOptions = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
};

/** A server that compresses as `options` say answers `offer`, the field's value, by `answer`; `undefined` opens without. */
const answers = (
  offer: string | undefined,
  answer: string | undefined,
  options: boolean | PermessageDeflateOptions = PLAIN,
): { server: Check } => ({
  server: (harness) =>
    withServer(
      harness,
      async (server) => {
        const peer = await harness.dial(server.port);
        peer.write(requestHead({ [FIELD]: offer }));
        const head = await peer.head("the answer");
        equal(
          [head.startLine.slice(0, 12), head.all(FIELD.toLowerCase())],
          ["HTTP/1.1 101", answer === undefined ? [] : [answer]],
          "the answer",
        );
        peer.destroy();
      },
      undefined,
      { perMessageDeflate: options },
    ),
});

/** A client that offers as `options` say gets the answer `answer`, and opens or refuses to. */
const answered = (
  answer: string,
  expected: "opens" | "refuses",
  options: boolean | PermessageDeflateOptions = PLAIN,
): { client: Check } => ({
  client: (harness) =>
    withRawServer(harness, async (server, next) => {
      const connecting = harness.connect(server.url, { perMessageDeflate: options });
      const outcome = connecting.then(
        () => "opens",
        () => "refuses",
      );
      const peer = await next();
      peer.write(await responseHead(await peer.head("the request"), { [FIELD]: answer }));
      equal(await within(outcome, "the client to decide"), expected, "the client");
      if (expected === "refuses") await peer.whenEnded("the client to end the stream");
      else (await connecting).terminate();
      peer.destroy();
    }),
});

/** A client that offers as `options` say sends `field`. */
const offers = (
  field: string | undefined,
  options: boolean | PermessageDeflateOptions,
): { client: Check } => ({
  client: (harness) =>
    withRawServer(harness, async (server, next) => {
      const connecting = harness.connect(server.url, { perMessageDeflate: options });
      const peer = await next();
      const request = await peer.head("the request");
      peer.write(await responseHead(request));
      (await within(connecting, "the client to open")).terminate();
      equal(request.get(FIELD.toLowerCase()), field, FIELD);
      peer.destroy();
    }),
});

const row = (
  clause: string,
  must: string,
  checks: Pick<Requirement, "server" | "client">,
): Requirement => ({ document: "RFC 7692", clause, must, ...checks });

/** Neither side may accept these (§7.1). */
const WRONG = [
  "unknown",
  "server_no_context_takeover=1",
  "client_no_context_takeover=true",
  "server_no_context_takeover; server_no_context_takeover",
  "server_max_window_bits",
  "server_max_window_bits=7",
  "server_max_window_bits=16",
  "server_max_window_bits=010",
  "server_max_window_bits=x",
  "client_max_window_bits=7",
  "client_max_window_bits=16",
  "client_max_window_bits=09",
  "client_max_window_bits=10; client_max_window_bits=10",
] as const;

/** Agreeing on permessage-deflate: RFC 7692 §5 and §7.1. */
export const deflateNegotiation: readonly Requirement[] = [
  row("5.1", "a server that is not asked does not compress", answers(undefined, undefined)),
  row("5.1", "a server that does not compress does not answer", answers(NAME, undefined, false)),
  row("5.1", "a client that does not compress does not offer", offers(undefined, false)),
  row("5.1", "an offer is answered by one element", answers(`${NAME}, x-other, ${NAME}`, NAME)),
  row(
    "5.1",
    "the first offer that can be accepted is",
    answers(
      `${NAME}; unknown, ${NAME}; server_max_window_bits=10, ${NAME}`,
      `${NAME}; server_max_window_bits=10`,
    ),
  ),
  row(
    "5.1",
    "a client fails an answer to what it has not offered",
    answered(NAME, "refuses", false),
  ),
  row(
    "5.1",
    "a client fails two answers to one extension",
    answered(`${NAME}, ${NAME}`, "refuses"),
  ),
  ...WRONG.flatMap((wrong) => [
    row(
      "7.1",
      `an offer with ${wrong} is declined, and the connection opens without`,
      answers(named(wrong), undefined),
    ),
    row("7.1", `an answer with ${wrong} fails the handshake`, answered(named(wrong), "refuses")),
  ]),
  row(
    "7.1.1.1",
    "a server asked for server_no_context_takeover says so",
    answers(named("server_no_context_takeover"), named("server_no_context_takeover")),
  ),
  row(
    "7.1.1.1",
    "a server may say so unasked",
    answers(NAME, named("server_no_context_takeover"), { ...PLAIN, serverNoContextTakeover: true }),
  ),
  row(
    "7.1.1.1",
    "a client that asked for it fails an answer without",
    answered(NAME, "refuses", { ...PLAIN, serverNoContextTakeover: true }),
  ),
  row(
    "7.1.1.1",
    "a client that did not ask takes it",
    answered(named("server_no_context_takeover"), "opens"),
  ),
  row("7.1.1.2", "a server may answer client_no_context_takeover unasked, and a client takes it", {
    ...answers(NAME, named("client_no_context_takeover"), {
      ...PLAIN,
      clientNoContextTakeover: true,
    }),
    ...answered(named("client_no_context_takeover"), "opens"),
  }),
  row(
    "7.1.2.1",
    "a server asked for a window of 2^10 answers no larger one",
    answers(named("server_max_window_bits=10"), named("server_max_window_bits=10")),
  ),
  row(
    "7.1.2.1",
    "a server asked for a window of 2^12 may answer a smaller one",
    answers(named("server_max_window_bits=12"), named("server_max_window_bits=9"), {
      ...PLAIN,
      serverMaxWindowBits: 9,
    }),
  ),
  row(
    "7.1.2.1",
    "a client that asked for a window fails a larger one",
    answered(named("server_max_window_bits=11"), "refuses", { ...PLAIN, serverMaxWindowBits: 10 }),
  ),
  row(
    "7.1.2.1",
    "a client that asked for a window fails an answer without",
    answered(NAME, "refuses", { ...PLAIN, serverMaxWindowBits: 10 }),
  ),
  row(
    "7.1.2.1",
    "a client that asked for a window takes a smaller one",
    answered(named("server_max_window_bits=9"), "opens", { ...PLAIN, serverMaxWindowBits: 10 }),
  ),
  row(
    "7.1.2.2",
    "a server does not answer client_max_window_bits where it was not offered: it declines if it needs it",
    answers(NAME, undefined, { ...PLAIN, clientMaxWindowBits: 10 }),
  ),
  row(
    "7.1.2.2",
    "a server answers a hint without a value by a number, or not at all",
    answers(named("client_max_window_bits"), named("client_max_window_bits=10"), {
      ...PLAIN,
      clientMaxWindowBits: 10,
    }),
  ),
  row(
    "7.1.2.2",
    "a server answers no larger window than offered",
    answers(named("client_max_window_bits=9"), named("client_max_window_bits=9"), {
      ...PLAIN,
      clientMaxWindowBits: 10,
    }),
  ),
  row(
    "7.1.2.2",
    "a client fails an answer without a value",
    answered(named("client_max_window_bits"), "refuses"),
  ),
  row(
    "7.1.2.2",
    "a client accepts a window for itself",
    answered(named("client_max_window_bits=8"), "opens"),
  ),
  row(
    "7.1.2.2",
    "a client offers to accept a window for itself",
    offers(named("client_max_window_bits"), PLAIN),
  ),
  row(
    "7.1.2.2",
    "a client's hint has its value",
    offers(named("server_max_window_bits=11; client_max_window_bits=9"), {
      ...PLAIN,
      serverMaxWindowBits: 11,
      clientMaxWindowBits: 9,
    }),
  ),
];
