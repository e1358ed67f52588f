import { expect, test } from "vitest";
import type { EventSourceErrorCode } from "../../../../src/sse/client/error.ts";
import { EventStreamClient } from "../../../../src/sse/client/client.ts";
import { type FetchLike, runRequest } from "../../../../src/shell/sse/client/request.ts";
import { createTestPlatform } from "../../../../src/testing/platform.ts";

const TYPE = { "content-type": "text/event-stream" };
const encoder = new TextEncoder();

/** Runs one request. `abortOn` aborts from inside an event, as `close()` does. */
async function run(
  fetch: FetchLike,
  { abortOn = "", whenRoom = () => undefined as Promise<void> | undefined } = {},
): Promise<{ log: string[]; abort: AbortController }> {
  const log: string[] = [];
  const abort = new AbortController();
  const note = (entry: string): void => {
    log.push(entry);
    if (entry === abortOn) abort.abort();
  };
  const client = new EventStreamClient(
    {
      request: () => {},
      setTimer: () => {},
      clearTimer: () => {},
      abandonRequest: () => {
        abort.abort();
      },
      onOpen: () => {
        note("open");
      },
      onEvent: (_, data) => {
        note(data);
      },
      onError: ({ code }: { code: EventSourceErrorCode }) => {
        note(code);
      },
    },
    createTestPlatform(),
  );
  client.connect();
  await runRequest(client, {
    fetch,
    url: "http://a.example/",
    init: { signal: abort.signal },
    onResponse: ({ status }) => {
      note(String(status));
    },
    whenRoom,
  });
  return { log, abort };
}

/** A response whose body is cut where `texts` are, and whether it was cancelled. */
function responseOf(
  texts: readonly string[],
  { fails = false } = {},
): { response: Response; cancelled: () => boolean } {
  let at = 0;
  let wasCancelled = false;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (at < texts.length) controller.enqueue(encoder.encode(texts[at++]));
        else if (fails) controller.error(new Error("reset"));
        else controller.close();
      },
      cancel() {
        wasCancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { response: new Response(body, { headers: TYPE }), cancelled: () => wasCancelled };
}

test("a stream, told to its end", async () => {
  const { log } = await run(async () => responseOf(["data:a\n", "\ndata:b\n\n"]).response);
  expect(log).toEqual(["200", "open", "a", "b", "stream-ended"]);
});

const failures: [name: string, fetch: FetchLike, expected: string[]][] = [
  [
    "a fetch that rejects",
    () => Promise.reject(new TypeError("fetch failed")),
    ["connection-failed"],
  ],
  [
    "a fetch that throws",
    () => {
      throw new TypeError("no such scheme");
    },
    ["connection-failed"],
  ],
  [
    "a body that breaks off",
    async () => responseOf(["data:a\n\ndata:b\n"], { fails: true }).response,
    ["200", "open", "a", "stream-lost"],
  ],
  [
    "no body at all",
    async () => new Response(null, { headers: TYPE }),
    ["200", "open", "stream-ended"],
  ],
  [
    "another status",
    async () => new Response("gone", { status: 410, headers: TYPE }),
    ["410", "bad-status"],
  ],
  ["another media type", async () => Response.json({}), ["200", "bad-content-type"]],
];
test.each(failures)("%s", async (_, fetch, expected) =>
  expect((await run(fetch)).log).toEqual(expected),
);

test("nothing is told from inside the call that asks", async () => {
  let called = false;
  const running = run(() => {
    called = true;
    throw new Error("at once");
  });
  expect(called).toBe(false);
  expect((await running).log).toEqual(["connection-failed"]);
});

const aborted: [event: string, expected: string[]][] = [
  ["200", ["200", "open"]], // the client does not know the signal: it receives the response
  ["open", ["200", "open"]],
  ["a", ["200", "open", "a", "b"]], // the chunk is the client's
];
test.each(aborted)("aborted at %s, it tells no more of the body", async (event, expected) => {
  const { response } = responseOf(["data:a\n\ndata:b\n\n", "data:c\n\n"]);
  expect((await run(async () => response, { abortOn: event })).log).toEqual(expected);
});

test("aborted before it was made, it is not made", async () => {
  const abort = AbortSignal.abort();
  const client = {} as EventStreamClient;
  await runRequest(client, {
    fetch: () => {
      throw new Error("made");
    },
    url: "http://a.example/",
    init: { signal: abort },
    onResponse: () => {},
    whenRoom: () => undefined,
  });
});

test.each([
  ["a response that comes nevertheless is cancelled", responseOf(["data:a\n\n"])],
  [
    "one whose body cannot be is let go",
    {
      response: new Response(
        new ReadableStream({
          start(controller) {
            controller.error(new Error("reset"));
          },
        }),
      ),
      cancelled: () => true,
    },
  ],
  ["one without a body too", { response: new Response(null), cancelled: () => true }],
])("aborted while it is made: %s", async (_, { response, cancelled }) => {
  const abort = new AbortController();
  const fetch = async (): Promise<Response> => {
    abort.abort();
    return response;
  };
  await runRequest({} as EventStreamClient, {
    fetch,
    url: "http://a.example/",
    init: { signal: abort.signal },
    onResponse: () => {},
    whenRoom: () => undefined,
  });
  expect(cancelled()).toBe(true);
});

test("aborted while it is made: that it fails is not told", async () => {
  const abort = new AbortController();
  const fetch = (): Promise<Response> => {
    abort.abort();
    return Promise.reject(new Error("aborted"));
  };
  await runRequest({} as EventStreamClient, {
    fetch,
    url: "http://a.example/",
    init: { signal: abort.signal },
    onResponse: () => {},
    whenRoom: () => undefined,
  });
});

test("aborted between chunks", async () => {
  const abort = new AbortController();
  const events: string[] = [];
  const client = {
    receiveResponse() {},
    receive: () => {
      events.push("chunk");
    },
    receiveEnd: () => {
      events.push("end");
    },
  } as unknown as EventStreamClient;
  const { response } = responseOf(["data:a\n\n", "data:b\n\n"]);
  const whenRoom = (): undefined => {
    queueMicrotask(() => {
      abort.abort();
    });
  };
  await runRequest(client, {
    fetch: async () => response,
    url: "http://a.example/",
    init: { signal: abort.signal },
    onResponse: () => {},
    whenRoom,
  });
  expect(events).toEqual(["chunk"]);
});

test.each<[string, Error | undefined]>([
  ["is cancelled", undefined],
  ["is let go where that fails", new Error("no")],
])(
  "the body of a fetch that does not hear the signal %s, also while it is waited for",
  async (_, failure) => {
    const abort = new AbortController();
    const log: string[] = [];
    const body = new ReadableStream<Uint8Array>(
      {
        pull: () => new Promise(() => {}), // a server that says nothing more
        cancel() {
          log.push("cancelled");
          if (failure !== undefined) throw failure;
        },
      },
      { highWaterMark: 0 },
    );
    const client = {
      receiveResponse() {
        setImmediate(() => {
          abort.abort();
        });
      },
      receive: () => {
        log.push("chunk");
      },
      receiveEnd: () => {
        log.push("end");
      },
    } as unknown as EventStreamClient;
    await runRequest(client, {
      fetch: async () => new Response(body),
      url: "http://a.example/",
      init: { signal: abort.signal },
      onResponse: () => {},
      whenRoom: () => undefined,
    });
    expect(log).toEqual(["cancelled"]);
  },
);

test("the body of an answer that is not wanted is cancelled", async () => {
  const { response, cancelled } = responseOf(["<p>", "</p>"]);
  expect((await run(async () => new Response(response.body, { status: 404 }))).log).toEqual([
    "404",
    "bad-status",
  ]);
  expect(cancelled()).toBe(true);
});

test("reading waits for room", async () => {
  const waits: (() => void)[] = [];
  const whenRoom = (): Promise<void> =>
    new Promise((resolve) => {
      waits.push(resolve);
    });
  let pulled = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        pulled++;
        if (pulled < 4) controller.enqueue(encoder.encode(`data:${pulled}\n\n`));
        else controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  const running = run(async () => new Response(body, { headers: TYPE }), { whenRoom });
  for (let chunk = 1; chunk < 4; chunk++) {
    while (waits.length === 0) await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(pulled).toBe(chunk);
    waits.shift()!();
  }
  expect((await running).log).toEqual(["200", "open", "1", "2", "3", "stream-ended"]);
});
