/** autobahn-python, which the Autobahn Testsuite is made with: as it judges there, so it does here. */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect, serve } from "../../src/index.ts";

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The system's Python comes first: Debian's package is installed for that one alone. */
const python = ["/usr/bin/python3", "python3", "python"].find(
  (command) => spawnSync(command, ["-c", "import autobahn"]).status === 0,
);
const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" };
const missing =
  python === undefined
    ? " (skipped: no Python with autobahn; `apt-get install python3-autobahn`)"
    : "";

const TAKEOVER = { serverNoContextTakeover: false, clientNoContextTakeover: false, threshold: 0 };
const WELL = {
  echoed: 36,
  clean: true,
  code: 1000,
  reason: "done",
  extensions: ["permessage-deflate"],
};

describe.skipIf(missing !== "").each([
  ["each message by itself", true],
  ["contexts kept", TAKEOVER],
] as const)(`autobahn's client, our server: %s${missing}`, (_, perMessageDeflate) => {
  test("compressed messages of every size on every offer of the test suite; what is wrong, failed as it wants it; our server ends first", async () => {
    const server = serve({
      hostname: "127.0.0.1",
      perMessageDeflate,
      websocket: {
        message: (socket, data) => {
          socket.send(data);
        },
      },
    });
    await server.ready;
    try {
      const { stdout } = await promisify(execFile)(
        python!,
        [script("autobahn-client.py"), server.url],
        { env },
      );
      const lines = stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { tried: string; right?: boolean });
      const wrong = lines.filter(({ right }) => right !== undefined);
      const well = lines.filter(({ right }) => right === undefined);
      expect([wrong.length, wrong.filter(({ right }) => !right)]).toEqual([16, []]);
      expect(well).toEqual(well.map(({ tried }) => ({ tried, ...WELL, droppedByMe: false })));
      expect(well).toHaveLength(14);
    } finally {
      await server.stop({ force: true });
    }
  }, 60_000);
});

describe.skipIf(missing !== "")(`our client, autobahn's server${missing}`, () => {
  let child: ChildProcess;
  let url: string;
  let lines: AsyncIterator<string>;

  beforeAll(async () => {
    child = spawn(python!, [script("autobahn-server.py")], {
      stdio: ["pipe", "pipe", "inherit"],
      env,
    });
    lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    url = `ws://127.0.0.1:${(await lines.next()).value as string}/`;
  });
  afterAll(async () => {
    child.stdin!.end();
    await once(child, "exit");
  });

  const options = [
    ["each message by itself", true],
    ["contexts kept", TAKEOVER],
  ] as const;
  test.each(
    options.flatMap((option) => [0, 1, 2, 3, 4, 5].map((terms) => [...option, terms] as const)),
  )(
    "compressed messages of every size: %s (%o), terms %i",
    async (_name, perMessageDeflate, terms) => {
      const client = await connect(`${url}${terms}`, { perMessageDeflate });
      client.on("message", ({ data }) => {
        client.send(data);
      });
      const [closed] = await once(client, "close");
      expect([closed.code, closed.wasClean]).toEqual([1000, true]);
      expect(JSON.parse((await lines.next()).value as string)).toEqual({
        ...WELL,
        droppedByMe: true,
      });
    },
  );
});
