import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect, serve, type WebSocket } from "../../src/index.ts";

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The system's Python comes first: Debian's package is installed for that one alone. */
const python = ["/usr/bin/python3", "python3", "python"].find(
  (command) => spawnSync(command, ["-c", "import websockets"]).status === 0,
);
const missing =
  python === undefined
    ? " (skipped: no Python with websockets; `apt-get install python3-websockets`)"
    : "";

describe.skipIf(missing !== "")(`Python's websockets, our server${missing}`, () => {
  // Python asks for compression by itself.
  test.each([
    ["as it is", false],
    ["compressed", true],
  ])("%s: text, binary, fragments, pings, subprotocol and closes", async (_, perMessageDeflate) => {
    const closes: unknown[] = [];
    const agreed = new Set<string>();
    const server = serve({
      hostname: "127.0.0.1",
      protocols: ["chat"],
      perMessageDeflate,
      websocket: {
        open: (socket) => {
          agreed.add(socket.extensions.split(";", 1)[0]!);
        },
        message: (socket, data) => {
          data === "close me" ? socket.close(4001, "as asked") : socket.send(data);
        },
        close: (_, code, reason) => {
          closes.push([code, reason]);
        },
      },
    });
    await server.ready;
    try {
      const { stdout } = await promisify(execFile)(python!, [
        script("python-client.py"),
        server.url,
      ]);
      expect(stdout.trim().split("\n")).toEqual([
        "subprotocol chat",
        ...[0, 1, 125, 126, 65_535, 65_536, 1_000_000].map((size) => `echo ${size}`),
        "fragments one two three",
        "pong",
        "close 3001 done",
        "closed 4001 as asked",
      ]);
      expect([closes, [...agreed]]).toEqual([
        [
          [3001, "done"],
          [4001, "as asked"],
        ],
        [perMessageDeflate ? "permessage-deflate" : ""],
      ]);
    } finally {
      await server.stop({ force: true });
    }
  });
});

describe.skipIf(missing !== "")(`our client, Python's websockets${missing}`, () => {
  let child: ChildProcess;
  let url: string;

  beforeAll(async () => {
    child = spawn(python!, [script("python-server.py")], { stdio: ["pipe", "pipe", "inherit"] });
    const [line] = (await once(child.stdout!, "data")) as [Buffer];
    url = `ws://127.0.0.1:${line.toString().trim()}/`;
  });
  afterAll(async () => {
    child.stdin!.end();
    await once(child, "exit");
  });

  function asked(client: WebSocket, message: string | Buffer): Promise<unknown> {
    return new Promise((resolve) => {
      client.once("data", resolve);
      client.send(message);
    });
  }

  const sizes = [0, 1, 125, 126, 65_535, 65_536, 1_000_000].flatMap(
    (size) =>
      [
        [size, "as they are", false],
        [size, "compressed", true],
      ] as const,
  );
  test.each(sizes)(
    "text and binary of %i bytes come back, %s",
    async (size, _, perMessageDeflate) => {
      const client = await connect(url, { perMessageDeflate });
      const bytes = Buffer.alloc(size, "abcdefg");
      const text = "é".repeat(size >> 1);
      expect(((await asked(client, bytes)) as Buffer).equals(bytes)).toBe(true);
      expect((await asked(client, text)) === text).toBe(true);
      expect(client.extensions.startsWith("permessage-deflate")).toBe(perMessageDeflate);
      client.close();
      await once(client, "close");
    },
  );

  test("fragments, its ping and ours, the subprotocol", async () => {
    const client = await connect(url, { protocols: ["chat"] });
    expect(client.protocol).toBe("chat");
    expect(await asked(client, "fragments")).toBe("in three parts");
    expect(await asked(client, "ping")).toBe("ponged");
    await new Promise<void>((resolve) => {
      client.ping("ours", resolve);
    });
    client.close();
    await once(client, "close");
  });

  test.each([1000, 1011, 1012, 3000, 4999])(
    "its close %i is heard, ours is answered",
    async (code) => {
      const client = await connect(url);
      client.send(`close ${code}`);
      const [theirs] = await once(client, "close");
      expect([theirs.code, theirs.reason, theirs.wasClean]).toEqual([code, "as asked", true]);
      const other = await connect(url);
      other.close(4000, "bye");
      const [ours] = await once(other, "close");
      expect([ours.code, ours.wasClean]).toEqual([4000, true]);
    },
  );
});
