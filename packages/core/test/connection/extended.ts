import type { ServerConnection } from "../../src/connection/contract.ts";
import type { Action } from "../../src/actions.ts";
import type { ConnectionOptions } from "../../src/options.ts";
import { openingHead } from "../../src/testing/wire/bytes.ts";
import { joinBytes, outcomeOf } from "../../src/testing/recorder.ts";
import { decodeFrame } from "../../src/testing/wire/frames.ts";
import type { FakeExtension } from "../extension/fake-extension.ts";
import { newServer, type Stage } from "./story.ts";

/** A server's end that is open, and has agreed on all these extensions. */
export function extendedServer(
  extensions: readonly FakeExtension[],
  options?: Partial<ConnectionOptions>,
): Stage<ServerConnection> {
  const made = newServer(options);
  made.connection.expectRequest();
  made.connection.receive(
    openingHead({ "Sec-WebSocket-Extensions": extensions.map(({ name }) => name).join(", ") }),
  );
  made.connection.accept({ extensions });
  made.end.take();
  return made;
}

/** A server's end that is open, and speaks a draft. */
export function draftServer(
  draft: "hixie-75" | "hixie-76",
  options?: Partial<ConnectionOptions>,
): Stage<ServerConnection> {
  const made = newServer(options);
  made.connection.expectRequest();
  made.connection.receive(draftHead(draft));
  made.connection.accept({ drafts: true });
  if (draft === "hixie-76") made.connection.receive(SAMPLE_BODY.slice());
  made.end.take();
  return made;
}

/** The opening of a draft's client: that of 76 is the sample of its §1.2, without the body. */
export function draftHead(
  draft: "hixie-75" | "hixie-76",
  fields: Readonly<Record<string, string>> = {},
): Uint8Array {
  const keys =
    draft === "hixie-75"
      ? {}
      : {
          "Sec-WebSocket-Key1": "4 @1  46546xW%0l 1 5",
          "Sec-WebSocket-Key2": "12998 5 Y3 1  .P00",
        };
  return openingHead({
    "Sec-WebSocket-Key": undefined,
    "Sec-WebSocket-Version": undefined,
    Origin: "http://example.com",
    ...keys,
    ...fields,
  });
}

/** The sample's body, and its answer. */
export const SAMPLE_BODY = Uint8Array.from(Buffer.from("^n:ds[4U", "latin1"));
export const SAMPLE_ANSWER = "8jKS'y:G*Co,Wxa-";

/** Frames that went out, as `opcode rsv payload`; a close by its code. */
export function framesOf(actions: readonly Action[]): string[] {
  const lines: string[] = [];
  let rest = outcomeOf(actions).sent;
  for (let found = decodeFrame(rest); found !== undefined; found = decodeFrame(rest)) {
    const { opcode, rsv, payload } = found.frame;
    lines.push(
      opcode === 8
        ? `close ${payload.length > 1 ? payload[0]! * 256 + payload[1]! : ""}`.trim()
        : `${opcode} ${rsv} ${Buffer.from(payload).toString()}`,
    );
    rest = rest.subarray(found.used);
  }
  if (rest.length > 0) lines.push(`${rest.length} bytes of no frame`);
  return lines;
}

/** All bytes that went out, as characters. */
export const sentText = (actions: readonly Action[]): string =>
  Buffer.from(joinBytes([outcomeOf(actions).sent])).toString("latin1");
