/**
 * The conformance table: what RFC 6455 §4, 5, 7 and 8 ask of an endpoint, each row tried on real
 * sockets against hand-made bytes, as server and as client where the clause binds both.
 */
import { clientHandshake } from "./conformance/client-handshake.ts";
import { closing } from "./conformance/closing.ts";
import { fragments } from "./conformance/fragments.ts";
import { framing } from "./conformance/framing.ts";
import type { Requirement } from "./conformance/requirement.ts";
import { serverHandshake } from "./conformance/server-handshake.ts";
import { utf8 } from "./conformance/utf8.ts";
import type { Behaviour } from "./behaviour.ts";

/** Every requirement, in the order of the RFC. */
export const requirements: readonly Requirement[] = [
  ...clientHandshake, ...serverHandshake, ...framing, ...fragments, ...closing, ...utf8,
];

/** The table as tests: one for each role that a row binds, named by clause and requirement. */
export const conformance: readonly Behaviour[] = requirements.flatMap(({ clause, must, server, client }) => [
  ...(server ? [{ name: `§${clause}: ${must} (server)`, run: server }] : []),
  ...(client ? [{ name: `§${clause}: ${must} (client)`, run: client }] : []),
]);
