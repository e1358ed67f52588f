/**
 * The conformance table: the requirements of RFC 6455 §4, 5, 7 and 8, RFC 7692 and drafts 75 and 76 for an endpoint, each row tried on
 * real sockets against hand-made bytes, as server and as client where the clause binds both.
 */
import { clientHandshake } from "./conformance/client-handshake.ts";
import { closing } from "./conformance/closing.ts";
import { deflateMessages } from "./conformance/deflate-messages.ts";
import { deflateNegotiation } from "./conformance/deflate-negotiation.ts";
import { deflateVolume } from "./conformance/deflate-volume.ts";
import { drafts } from "./conformance/drafts.ts";
import { fragments } from "./conformance/fragments.ts";
import { framing } from "./conformance/framing.ts";
import type { Requirement } from "./conformance/requirement.ts";
import { serverHandshake } from "./conformance/server-handshake.ts";
import { utf8 } from "./conformance/utf8.ts";
import { volume } from "./conformance/volume.ts";
import type { Behaviour } from "../behaviour.ts";

/** Every requirement, in the order of the documents. */
export const requirements: readonly Requirement[] = [
  ...clientHandshake,
  ...serverHandshake,
  ...framing,
  ...fragments,
  ...volume,
  ...closing,
  ...utf8,
  ...deflateNegotiation,
  ...deflateMessages,
  ...deflateVolume,
  ...drafts,
];

/** The table as tests: one for each role that a row binds, named by clause and requirement. */
export const conformance: readonly Behaviour[] = requirements.flatMap(
  ({ document, clause, must, server, client }) => {
    const where = `${document === undefined ? "" : `${document} `}§${clause}`;
    return [
      ...(server ? [{ name: `${where}: ${must} (server)`, run: server }] : []),
      ...(client ? [{ name: `${where}: ${must} (client)`, run: client }] : []),
    ];
  },
);
