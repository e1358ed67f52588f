/** TLS of clients: trusted certificates, client certificates, and the errors of both. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import net from "node:net";
import tls from "node:tls";
import { failure, listening, type Options, TRUST, type Way, withProxy } from "./way.ts";
import { certificate } from "../harness/raw-streams.ts";

const read = (name: string): string =>
  readFileSync(new URL(`../../test/fixtures/tls/${name}.pem`, import.meta.url), "utf8");
const pair = (name: string): { cert: string; key: string } => ({
  cert: read(name),
  key: read(`${name}-key`),
});
const others = read("others-ca");
const shown = pair("client");

/** Runs `use` with a server of TLS that refuses, and tells in the body what name it was called and whose certificate it was shown. */
async function withTls(
  options: tls.TlsOptions,
  use: (port: number) => Promise<void>,
): Promise<void> {
  const server = tls.createServer({ ALPNProtocols: ["http/1.1"], ...options }, (socket) => {
    socket
      .on("error", () => {})
      .once("data", () => {
        const { subject } = socket.getPeerCertificate() as { subject?: { CN?: unknown } };
        const body = `${String(socket.servername || "-")} ${String(subject?.CN ?? "-")}`;
        socket.end(`HTTP/1.1 403 x\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      });
  });
  await listening(
    server.on("tlsClientError", () => {}),
    use,
  );
}

/** `wss:` by every way that makes TLS. */
const routes: readonly [name: string, options: (port: number) => Options][] = [
  ["directly", () => ({})],
  ["by HTTP/2 or what it falls back to", () => ({ http2: true })],
  ["over a connection of the caller's", (port) => ({ socket: net.connect(port, "127.0.0.1") })],
  [
    "by createConnection",
    () => ({ createConnection: ({ port }) => net.connect(port, "127.0.0.1") }),
  ],
];
const demanding: tls.TlsOptions = {
  ...certificate,
  ca: others,
  requestCert: true,
  rejectUnauthorized: true,
};

const mutual: readonly Way[] = [
  ...routes.map(([name, route]): Way => ({
    name: `shows its certificate: ${name}`,
    run: (adapter) =>
      withTls(demanding, async (port) => {
        const error = await failure(adapter, `wss://localhost:${port}/`, {
          ...TRUST,
          ...route(port),
          tls: shown,
        });
        assert.equal(error.body?.toString(), "localhost a client", error.message);
      }),
  })),
  {
    name: "shows its certificate to the server, not to the proxy; and another to the proxy",
    run: (adapter) =>
      withTls(demanding, (port) =>
        withProxy({ secure: true }, async ({ origin }) => {
          const error = await failure(adapter, `wss://localhost:${port}/`, {
            ...TRUST,
            tls: shown,
            proxy: { origin, tls: TRUST },
          });
          assert.equal(error.body?.toString(), "localhost a client", error.message);
        }),
      ),
  },
  {
    name: "has no certificate where one is wanted: said in words",
    run: (adapter) =>
      withTls(demanding, async (port) => {
        const { message } = await failure(adapter, `wss://localhost:${port}/`, TRUST);
        assert.match(message, /certificate of the client's/);
      }),
  },
  {
    name: "does not show it to another server that it is redirected to",
    run: (adapter) =>
      withTls(
        { ...certificate, ca: others, requestCert: true, rejectUnauthorized: false },
        async (there) => {
          const here = tls.createServer(certificate, (socket) => {
            socket
              .on("error", () => {})
              .once("data", () => {
                socket.end(
                  `HTTP/1.1 302 x\r\nLocation: https://localhost:${there}/\r\nContent-Length: 0\r\n\r\n`,
                );
              });
          });
          await new Promise<void>((resolve) => {
            here.listen(0, "127.0.0.1", resolve);
          });
          const error = await failure(
            adapter,
            `wss://localhost:${(here.address() as net.AddressInfo).port}/`,
            { ...TRUST, tls: shown, followRedirects: true },
          );
          assert.equal(error.body?.toString(), "localhost -", error.message);
          here.close();
        },
      ),
  },
];

const names: readonly Way[] = [
  {
    name: "names the host of the URL (SNI), or what tls.servername says, and no address",
    run: (adapter) =>
      withTls(certificate, async (port) => {
        assert.equal(
          (await failure(adapter, `wss://localhost:${port}/`, TRUST)).body?.toString(),
          "localhost -",
        );
        assert.equal(
          (await failure(adapter, `wss://127.0.0.1:${port}/`, TRUST)).body?.toString(),
          "- -",
        );
        assert.equal(
          (
            await failure(adapter, `wss://127.0.0.1:${port}/`, {
              ...TRUST,
              tls: { servername: "localhost" },
            })
          ).body?.toString(),
          "localhost -",
        );
      }),
  },
  {
    name: "takes the certificate of the name that tls.servername says",
    run: (adapter) =>
      withTls(pair("elsewhere"), async (port) => {
        const error = await failure(adapter, `wss://localhost:${port}/`, {
          ca: others,
          tls: { servername: "elsewhere.example" },
        });
        assert.equal(error.body?.toString(), "elsewhere.example -", error.message);
      }),
  },
];

const refused: readonly [
  name: string,
  options: tls.TlsOptions,
  given: Options,
  code: RegExp,
  words: RegExp,
][] = [
  [
    "of an authority that is not trusted",
    certificate,
    {},
    /^(UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY)$/,
    /\(the certificate's authority is not known; trust it by the option ca/,
  ],
  [
    "that is signed by itself",
    pair("selfsigned"),
    {},
    /^DEPTH_ZERO_SELF_SIGNED_CERT$/,
    /\(the certificate is signed by itself; trust it by the option ca\)$/,
  ],
  // Deno says of it that it cannot be verified.
  [
    "that is too old",
    pair("expired"),
    { ca: others },
    /^CERT_HAS_EXPIRED|^UNABLE_TO_VERIFY/,
    /\(the certificate('s authority is not known; | is too old; is the clock right\?)/,
  ],
  [
    "of another name",
    pair("elsewhere"),
    { ca: others },
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    /\(the certificate is for another name; is the host right, or is tls\.servername wanted\?\)$/,
  ],
];
const untrusting: readonly Way[] = [
  ...refused.flatMap(([name, options, given, code, words]) =>
    routes.map(([by, route]): Way => ({
      name: `refuses a certificate ${name}: ${by}`,
      run: (adapter) =>
        withTls(options, async (port) => {
          const error = await failure(adapter, `wss://localhost:${port}/`, {
            ...given,
            ...route(port),
          });
          assert.match(error.code, code, error.message);
          assert.match(error.message, words);
          assert.equal((error.cause as { code?: unknown }).code, error.code);
        }),
    })),
  ),
  {
    name: "refuses the certificate of a proxy, and says by what option it is trusted",
    run: (adapter) =>
      withProxy({ secure: true }, async ({ origin }) => {
        const error = await failure(adapter, "ws://example.invalid/", {
          ...TRUST,
          proxy: { origin },
        });
        assert.match(
          error.message,
          /^Network error: ws:\/\/example\.invalid\/: the proxy https:\S+: .*trust it by the option proxy\.tls\.ca/,
        );
      }),
  },
];

export const certificates: readonly Way[] = [...mutual, ...names, ...untrusting];
