import { equal, ok } from "../../assertion.ts";
import type { ServeOptions } from "../harness.ts";
import { requestHead, SAMPLE_KEY, withServer } from "../../wire/line.ts";
import type { Head } from "../../wire/raw-peer.ts";
import { acceptFor } from "../../wire/frames.ts";
import type { Check, Requirement } from "./requirement.ts";

/** Sends an opening request to the library's server and looks at the answer. */
function answers(
  request: string,
  look: (head: Head) => void | Promise<void>,
  options: ServeOptions = {},
): { server: Check } {
  return {
    server: (harness) =>
      withServer(
        harness,
        async (server) => {
          const peer = await harness.dial(server.port);
          peer.write(request);
          const head = await peer.head("the answer");
          await look(head);
          if (!head.startLine.startsWith("HTTP/1.1 101")) {
            peer.end();
            await peer.whenEnded("the end of a refused connection");
          }
          peer.destroy();
        },
        undefined,
        options,
      ),
  };
}

const status = (head: Head): number => Number(head.startLine.split(" ")[1]);

const opens = (request: string, options?: ServeOptions): { server: Check } =>
  answers(
    request,
    async (head) => {
      equal(head.startLine.slice(0, 12), "HTTP/1.1 101", "status line");
      equal(head.get("sec-websocket-accept"), await acceptFor(SAMPLE_KEY), "Sec-WebSocket-Accept");
    },
    options,
  );

const refuses = (request: string): { server: Check } =>
  answers(request, (head) =>
    ok(status(head) >= 400 && status(head) < 600, `refused by ${head.startLine}`),
  );

const KEY = "Sec-WebSocket-Key";
const VERSION = "Sec-WebSocket-Version";
const PROTOCOL = "Sec-WebSocket-Protocol";

const BAD_KEYS: readonly (readonly [key: string | undefined, why: string])[] = [
  [undefined, "absent"],
  ["", "empty"],
  ["AAAAAAAAAAAAAAAAAAAA", "of 15 bytes"],
  ["AAAAAAAAAAAAAAAAAAAAAAA=", "of 17 bytes"],
  ["dGhlIHNhbXBsZSBub25jZQ", "without its padding"],
  ["dGhlIHNhbXBsZSBub25j*Q==", "not base64"],
  [`${SAMPLE_KEY}, ${SAMPLE_KEY}`, "there twice"],
];

/** The server's check of a request: RFC 6455 §4.2.1 and §4.4. */
const requests: readonly Requirement[] = [
  { clause: "4.2.1", must: "a proper request is accepted", ...opens(requestHead()) },
  {
    clause: "4.2.1",
    must: "a method other than GET is refused",
    ...refuses(requestHead({ "Content-Length": "0" }, "POST / HTTP/1.1")),
  },
  { clause: "4.2.1", must: "HTTP/1.0 is refused", ...refuses(requestHead({}, "GET / HTTP/1.0")) },
  {
    clause: "4.2.1",
    must: "a request without Host is refused",
    ...refuses(requestHead({ Host: undefined })),
  },
  {
    clause: "4.2.1",
    must: "a request without Upgrade is not opened",
    ...refuses(requestHead({ Upgrade: undefined })),
  },
  {
    clause: "4.2.1",
    must: "an Upgrade to something else is not opened",
    ...refuses(requestHead({ Upgrade: "h2c" })),
  },
  {
    clause: "4.2.1",
    must: "Upgrade is compared without case",
    ...opens(requestHead({ Upgrade: "WebSocket" })),
  },
  {
    clause: "4.2.1",
    must: "a request without Connection is not opened",
    ...refuses(requestHead({ Connection: undefined })),
  },
  {
    clause: "4.2.1",
    must: "a Connection without the Upgrade token is not opened",
    ...refuses(requestHead({ Connection: "close" })),
  },
  {
    clause: "4.2.1",
    must: "Connection is a list: the Upgrade token among others will do",
    ...opens(requestHead({ Connection: "keep-alive, Upgrade" })),
  },
  {
    clause: "4.2.1",
    must: "Connection is compared without case",
    ...opens(requestHead({ Connection: "uPGRADE" })),
  },
  {
    clause: "4.2.1",
    must: "field names are compared without case",
    ...opens(requestHead().replace(/^[A-Z][\w-]*:/gm, (name) => name.toUpperCase())),
  },
  {
    clause: "4.2.1",
    must: "space around field values is ignored",
    ...opens(requestHead({ [KEY]: `  ${SAMPLE_KEY}\t`, Upgrade: " websocket " })),
  },
  {
    clause: "4.2.1",
    must: "the order of fields does not matter",
    ...opens(
      requestHead({
        Host: undefined,
        [VERSION]: undefined,
        "X-First": "1",
        [VERSION.toLowerCase()]: "13",
        host: "localhost",
      }),
    ),
  },
  {
    clause: "4.2.1",
    must: "fields that mean nothing here are ignored",
    ...opens(requestHead({ "X-Other": "value", Cookie: "a=b", Origin: "http://localhost" })),
  },
  ...BAD_KEYS.map(([key, why]): Requirement => ({
    clause: "4.2.1",
    must: `a key that is ${why} is refused`,
    ...refuses(requestHead({ [KEY]: key })),
  })),
  {
    clause: "4.2.1",
    must: "a request without a version is refused",
    ...refuses(requestHead({ [VERSION]: undefined })),
  },
  ...["0", "9", "12", "14", "99", "13x", "abc", "-13", "13, 13"].map((version): Requirement => ({
    clause: "4.4",
    must: `version ${version} is refused, with the versions that are spoken`,
    ...answers(requestHead({ [VERSION]: version }), (head) => {
      ok(status(head) === 426 || status(head) === 400, `refused by ${head.startLine}`);
      ok(
        /(^|,\s*)13(\s*,|$)/.test(head.get(VERSION.toLowerCase()) ?? ""),
        "Sec-WebSocket-Version names 13",
      );
    }),
  })),
];

/** The server's response: RFC 6455 §4.2.2. */
const responses: readonly Requirement[] = [
  {
    clause: "4.2.2",
    must: "the answer is 101 with Upgrade, Connection and the accept key of the example",
    ...answers(requestHead(), (head) => {
      equal(head.startLine, "HTTP/1.1 101 Switching Protocols", "status line");
      equal(head.get("upgrade")?.toLowerCase(), "websocket", "Upgrade");
      equal(head.get("connection")?.toLowerCase(), "upgrade", "Connection");
      equal(
        head.all("sec-websocket-accept"),
        ["s3pPLMBiTxaQ9kYGzzhZRbK+xOo="],
        "Sec-WebSocket-Accept",
      );
    }),
  },
  {
    clause: "4.2.2",
    must: "no subprotocol is answered where none was asked for",
    ...answers(
      requestHead(),
      (head) => equal(head.get("sec-websocket-protocol"), undefined, PROTOCOL),
      { protocols: ["a"] },
    ),
  },
  {
    clause: "4.2.2",
    must: "no subprotocol is answered where none is in common",
    ...answers(
      requestHead({ [PROTOCOL]: "x, y" }),
      (head) =>
        equal([status(head), head.get("sec-websocket-protocol")], [101, undefined], PROTOCOL),
      { protocols: ["a"] },
    ),
  },
  {
    clause: "4.2.2",
    must: "one subprotocol of the client's is answered, once",
    ...answers(
      requestHead({ [PROTOCOL]: "x, b ,a" }),
      (head) => equal(head.all("sec-websocket-protocol"), ["b"], PROTOCOL),
      { protocols: ["a", "b"] },
    ),
  },
  {
    clause: "4.2.2",
    must: "subprotocols are compared with case",
    ...answers(
      requestHead({ [PROTOCOL]: "CHAT" }),
      (head) => equal(head.get("sec-websocket-protocol"), undefined, PROTOCOL),
      { protocols: ["chat"] },
    ),
  },
  {
    clause: "4.2.2",
    must: "subprotocols in repeated fields are one list",
    ...answers(
      requestHead({ [PROTOCOL]: `x\r\n${PROTOCOL}: a` }),
      (head) => equal(head.all("sec-websocket-protocol"), ["a"], PROTOCOL),
      { protocols: ["a"] },
    ),
  },
  {
    clause: "4.2.2",
    must: "no extension is answered where none was offered",
    ...answers(requestHead(), (head) =>
      equal(head.get("sec-websocket-extensions"), undefined, "Sec-WebSocket-Extensions"),
    ),
  },
  {
    clause: "4.2.2",
    must: "an extension that is not known is not answered",
    ...answers(requestHead({ "Sec-WebSocket-Extensions": "x-unknown; level=9" }), (head) =>
      equal(
        [status(head), head.get("sec-websocket-extensions")],
        [101, undefined],
        "Sec-WebSocket-Extensions",
      ),
    ),
  },
  {
    clause: "4.2.2",
    must: "a refusal is an HTTP response that ends the connection",
    ...answers(requestHead({ [KEY]: undefined }), (head) => {
      equal(head.startLine.slice(0, 12), "HTTP/1.1 400", "status line");
      equal(head.get("connection")?.toLowerCase(), "close", "Connection");
    }),
  },
];

/** The server's part of the opening: RFC 6455 §4.2. */
export const serverHandshake: readonly Requirement[] = [...requests, ...responses];
