/** `sansocket listen`, and what connects to it. */
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { replay } from "@sansocket/core/trace";
import { expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import { authority, localhost } from "../fixtures/certificates.ts";
import { buildCommand, eventsIn, type Running, sansocket, scratch, start } from "./command.ts";

buildCommand();

/** Where a server of the command listens. */
async function urlOf(server: Running): Promise<string> {
  await server.says("\n");
  const { out } = server.soFar();
  return /wss?:\/\/[^\s"]+/.exec(out)![0];
}

test("what comes is written, what is typed goes to all, and --echo answers", async () => {
  const server = start(["listen", "0", "--echo", "-s", "chat"]);
  const url = await urlOf(server);
  expect(url).toMatch(/^ws:\/\/127\.0\.0\.1:/);
  const socket = await connect(url, { protocols: ["chat"] });
  expect(socket.protocol).toBe("chat");
  socket.send("from the client");
  expect((await once(socket, "message"))[0].data).toBe("from the client");
  server.type("to all\n");
  expect((await once(socket, "message"))[0].data).toBe("to all");
  server.kill("SIGINT");
  expect(await socket.closed).toMatchObject({ code: 1001, wasClean: true });
  expect(await server.ended).toMatchObject({
    code: 130,
    out: `Listening at ${url}\nfrom the client\n`,
    err: "",
  });
});

test("--relay passes on to all others; --json numbers the connections", async () => {
  const server = start(["listen", "0", "--relay", "--json"]);
  const url = await urlOf(server);
  const [one, two] = [await connect(url), await connect(url)];
  one.send("hi");
  expect((await once(two, "message"))[0].data).toBe("hi");
  one.close(1000);
  await server.says('"event":"close"');
  server.kill("SIGTERM");
  const events = eventsIn((await server.ended).out);
  expect(events.slice(0, 5)).toMatchObject([
    { event: "listening", url },
    { event: "open", connection: 1 },
    { event: "open", connection: 2 },
    { event: "message", data: "hi", connection: 1 },
    { event: "close", connection: 1, code: 1000, wasClean: true },
  ]);
});

test("--once with a script serves one client, and ends as the script did", async () => {
  const script = join(scratch, "greet.txt");
  writeFileSync(script, "# a greeting\n< /^hello/i\n> welcome\nping\nclosed 1000\n");
  const serveOnce = async (said: string): Promise<number | null> => {
    const trace = join(scratch, `${said}.jsonl`);
    const server = start(["listen", "0", "--once", "--script", script, "--record", trace]);
    const client = await sansocket(["connect", await urlOf(server), "-m", said]);
    expect(client.code).toBe(0);
    const { code, err } = await server.ended;
    if (code !== 0) expect(err).toContain(`line 2 (< /^hello/i): got ${said}`);
    expect(replay(readFileSync(trace, "utf8"))[0]!.difference).toBeUndefined();
    return code;
  };
  expect(await Promise.all([serveOnce("Hello there"), serveOnce("nonsense")])).toEqual([0, 1]);
});

test("TLS, HTTP/2 and compression; a page of another origin is refused", async () => {
  const cert = join(scratch, "cert.pem");
  const key = join(scratch, "key.pem");
  writeFileSync(cert, localhost.cert);
  writeFileSync(key, localhost.key);
  const server = start(["listen", "0", "--cert", cert, "--key", key, "--http2", "-c", "-e"]);
  const url = await urlOf(server);
  const socket = await connect(url, {
    ca: authority,
    http2: true,
    perMessageDeflate: { threshold: 0 },
  });
  expect([socket.statusCode, socket.extensions.split(";")[0]]).toEqual([200, "permessage-deflate"]);
  socket.send("over HTTP/2");
  expect((await once(socket, "message"))[0].data).toBe("over HTTP/2");
  await expect(connect(url, { ca: authority, origin: "https://evil.example" })).rejects.toThrow(
    "403",
  );
  server.kill("SIGINT");
  await server.ended;
});

test("a port that is taken ends with 3, one that is none with 2", async () => {
  const server = start(["listen", "0"]);
  const { port } = new URL(await urlOf(server));
  const [taken, none] = await Promise.all([
    sansocket(["listen", port]),
    sansocket(["listen", "many"]),
  ]);
  expect([taken!.code, none!.code]).toEqual([3, 2]);
  expect(taken!.err).toContain("is taken");
  expect(none!.err).toContain("port");
  server.kill("SIGINT");
  await server.ended;
});
