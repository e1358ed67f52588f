/** With real sockets: the suite `doors` of `packages/core/testing/server`. */
import { expect, test, vi } from "vitest";
import { answerOpening, type Decision } from "../../../src/shell/server/decision.ts";

function decide(decide: () => Decision | PromiseLike<Decision>, state = "connecting") {
  const connection = { state, accept: vi.fn(), reject: vi.fn() };
  const accepted = vi.fn();
  const failed = vi.fn();
  answerOpening({ connection, choice: { protocols: ["chat"] }, decide, accepted, failed });
  return { ...connection, accepted, failed };
}

test("nothing accepts by what holds anyway", () => {
  const { accept, accepted } = decide(() => undefined);
  expect(accept).toHaveBeenCalledWith({ protocols: ["chat"] });
  expect(accepted).toHaveBeenCalledWith(undefined);
});

test("an acceptance has its context apart from the handshake's terms", async () => {
  const { accept, accepted } = decide(() => Promise.resolve({ headers: { a: "b" }, context: 42 }));
  await vi.waitFor(() => {
    expect(accept).toHaveBeenCalledWith({ protocols: ["chat"], headers: { a: "b" } });
  });
  expect(accepted).toHaveBeenCalledWith(42);
});

test("a fetch Response refuses", async () => {
  const { reject } = decide(() => new Response("who?", { status: 401 }));
  await vi.waitFor(() => {
    expect(reject).toHaveBeenCalledWith(expect.objectContaining({ status: 401 }));
  });
});

test.each([
  null,
  true,
  401,
  "no",
  [],
  { ok: false },
  { status: "401" },
  new Map([["status", 401]]).entries(),
])("%j opens nothing", (decision) => {
  const { accept, reject, failed } = decide(() => decision as never);
  expect(accept).not.toHaveBeenCalled();
  expect(reject).toHaveBeenCalledWith({ status: 500 });
  expect(String(failed.mock.calls[0]![0])).toMatch(/^UsageError: upgrade: expected nothing or/);
});

test("a client that has gone meanwhile is answered nothing", () => {
  const { accept, reject } = decide(() => false, "closed");
  expect([accept.mock.calls, reject.mock.calls]).toEqual([[], []]);
});
