import assert from "node:assert/strict";
import test from "node:test";
import * as adapter from "@sansocket/deno-adapter";

test("the names this package exports", () => assert.deepEqual(Object.keys(adapter).sort(), ["EventSourceClient", "channel", "denoPlatform", "eventSource", "isEventSource"]));
