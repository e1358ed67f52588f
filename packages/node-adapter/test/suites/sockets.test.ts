/** The suites that Deno's and Bun's adapters run too. */
import { describe, test, vi } from "vitest";
import { doorCases } from "../../../core/testing/server/doors.ts";
import { eventSources } from "../../../core/testing/server/event-sources.ts";
import { checkLayer, fetchAnswers } from "../../../core/testing/server/fetch-answers.ts";
import { growthCases } from "../../../core/testing/liveness/budgets.ts";
import { livingCases } from "../../../core/testing/liveness/living.ts";
import { takingCases } from "../../../core/testing/server/taking.ts";
import { sendingCases } from "../../../core/testing/server/sending.ts";
import { nameCases } from "../../../core/testing/mistakes/names.ts";
import { textCases } from "../../../core/testing/mistakes/texts.ts";
import { valueCases } from "../../../core/testing/mistakes/values.ts";
import { bomb, socketCases } from "../../../core/testing/server/sockets.ts";
import * as adapter from "../../src/index.ts";
import { nodeModules } from "../../src/node-modules.ts";

test("the node layer has the modules of the runtime", () => checkLayer(nodeModules));
describe("serve", () => {
  test.each(fetchAnswers)("$name", async ({ run }) => {
    vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    await run(adapter);
    vi.restoreAllMocks();
  });
});
describe("EventSource", () => {
  test.each(eventSources)("$name", ({ run }) => run(adapter));
});
describe("sockets", () => {
  test.each(socketCases)("$name", ({ run }) => run(adapter));
});
describe("doors", () => {
  test.each(doorCases)("$name", ({ run }) => run(adapter));
});
describe("living", () => {
  test.each(livingCases)("$name", ({ run }) => run(adapter));
});
describe("growth", () => {
  test.each([...growthCases, bomb])("$name", ({ run }) => run(adapter));
});
describe("taking", () => {
  test.each(takingCases)("$name", ({ run }) => run(adapter));
});
describe("sending", () => {
  test.each(sendingCases)("$name", ({ run }) => run(adapter));
});
describe("names", () => {
  test.each(nameCases)("$name", ({ run }) => run(adapter));
});
describe("values", () => {
  test.each(valueCases)("$name", ({ run }) => run(adapter));
});
describe("texts", () => {
  test.each(textCases)("$name", ({ run }) => run(adapter));
});
