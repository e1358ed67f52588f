/** The credentials that a client sends: to the server of its URL, and to that of a redirect. */
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { acceptOf, type Row } from "../scene.ts";
import type { Transcript } from "../transcript.ts";

interface Given {
  readonly headers?: object;
  /** In the URL. */
  readonly user?: string;
  readonly auth?: string;
}

const given: readonly (readonly [name: string, given: Given])[] = [
  ["a user and a password in its URL", { user: "user:pa%20ss@" }],
  ["a percent sign in its URL that escapes nothing", { user: "us%er:pa%zz@" }],
  ["a user alone", { user: "user@" }],
  ["a password alone", { user: ":pass@" }],
  ["auth", { auth: "x:y" }],
  ["auth and a user in its URL", { auth: "x:y", user: "user:pass@" }],
  ["Authorization and a user in its URL", { headers: { Authorization: "Basic z" }, user: "u:p@" }],
  [
    "Authorization, Cookie and Host in odd cases",
    { headers: { AuthoriZation: "B q", cooKie: "a=b", HOST: "h.example", "X-Own": "1" } },
  ],
  ["arrays", { headers: { Cookie: ["a", "b"], "X-Own": ["1", "2"] } }],
];

/** A server that notes requests, and redirects those for `/` where `redirectTo` names a place. */
async function site(transcript: Transcript, redirectTo: () => string | undefined) {
  const server = http.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const sockets: Duplex[] = [];
  server.on("upgrade", ({ url, rawHeaders, headers }: http.IncomingMessage, socket: Duplex) => {
    sockets.push(socket.on("error", () => {}));
    const fields: string[] = [];
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const [name, value] = rawHeaders.slice(at, at + 2) as [string, string];
      if (!/key/i.test(name)) fields.push(`${name}: ${value.replaceAll(/:\d{4,5}$/g, ":PORT")}`);
    }
    transcript.note(`GET ${url}`, fields.sort());
    const place = url === "/" ? redirectTo() : undefined;
    socket.write(
      place === undefined
        ? `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptOf(headers["sec-websocket-key"]!)}\r\n\r\n`
        : `HTTP/1.1 302 Found\r\nLocation: ${place}\r\nContent-Length: 0\r\n\r\n`,
    );
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

type Place = "nowhere" | "its own server" | "another";

const placeOf = (place: Place, own: number, other: number): string | undefined =>
  ({
    nowhere: undefined,
    "its own server": `ws://127.0.0.1:${own}/next`,
    another: `ws://localhost:${other}/next`,
  })[place];

const lookup = (
  _host: string,
  { all }: { all?: boolean },
  done: (error: null, address: unknown, family?: number) => void,
): void => {
  if (all) done(null, [{ address: "127.0.0.1", family: 4 }]);
  else done(null, "127.0.0.1", 4);
};

export const credentials: readonly Row[] = (
  ["nowhere", "its own server", "another"] as const
).flatMap((place) =>
  [false, true].flatMap((listens) =>
    given.map(([name, { headers, user = "", auth }]): Row => ({
      name: `a client with ${name} is redirected to ${place}${listens ? ", with a listener" : ""}`,
      run: async (library, transcript) => {
        const other = await site(transcript, () => undefined);
        const own = await site(transcript, () => placeOf(place, own.port, other.port));
        const options = { followRedirects: true, headers, auth, lookup };
        const before = JSON.stringify(options);
        const client = new library(`ws://${user}127.0.0.1:${own.port}/`, options as never);
        if (listens) {
          client.on("redirect", (_url, request) => {
            transcript.note(
              "redirect",
              request.getHeader("authorization"),
              request.getHeader("cookie"),
            );
          });
        }
        client.on("error", (error) => {
          transcript.note("error", error);
        });
        await new Promise((resolve) => {
          client.on("open", resolve);
          client.on("close", resolve);
        });
        transcript.note("options unchanged", JSON.stringify(options) === before);
        client.terminate();
        await own.stop();
        await other.stop();
      },
    })),
  ),
);
