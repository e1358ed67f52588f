import { expect, test } from "vitest";
import { hybiDialects } from "../../src/dialect/hybi.ts";
import { versions } from "../../src/handshake/versions.ts";
import { UsageError } from "../../src/violation.ts";
import { DEFAULT_OPTIONS } from "../../src/options.ts";
import { KEY, NO_OFFERS, readResponse, requestWith } from "../handshake/openings.ts";
import { verifyResponse } from "../../src/handshake/verify.ts";

test("there is one for each version a server takes", () => {
  expect([...hybiDialects].map(([wire, { version }]) => [wire, version])).toEqual([...versions]);
});

test.each([...hybiDialects])(
  "version %s answers so that its client opens, and can do all",
  (wire, dialect) => {
    const request = requestWith({
      "sec-websocket-version": wire,
      "sec-websocket-protocol": "a, b",
    });
    const answer = dialect.respond(request, { protocols: ["b"] }, DEFAULT_OPTIONS);
    if ("status" in answer) throw new Error(answer.message);
    expect(answer.opening).toEqual({
      version: dialect.version,
      protocol: "b",
      extensions: "",
      response: undefined,
    });
    expect(
      verifyResponse(readResponse(answer.bytes).response, {
        key: KEY,
        protocols: ["a", "b"],
        extensions: NO_OFFERS,
      }),
    ).toMatchObject({ opening: { protocol: "b" } });
    expect(dialect.supports).toEqual({ binary: true, ping: true, closeHandshake: true });
  },
);

test("a custom field that may not be sent is the application's mistake", () => {
  expect(() =>
    hybiDialects.get("13")?.respond(requestWith(), { headers: { Upgrade: "x" } }, DEFAULT_OPTIONS),
  ).toThrow(UsageError);
});
