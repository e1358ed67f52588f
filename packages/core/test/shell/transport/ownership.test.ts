import { expect, test } from "vitest";
import { own, refuseOwned } from "../../../src/shell/transport/ownership.ts";

test("a second owner is refused, with the name of the first", () => {
  const socket = {};
  refuseOwned(socket, "upgrade()");
  own(socket, "upgrade()");
  expect(() => {
    refuseOwned(socket, "reject()");
  }).toThrow(/^reject\(\): upgrade\(\) has taken this already/);
});

test("nothing has no owner", () => {
  refuseOwned(undefined, "upgrade()");
  refuseOwned(null, "upgrade()");
});
