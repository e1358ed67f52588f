import { expect, test } from "vitest";
import {
  describeConnectError,
  describeFetchError,
  describeNetworkError,
  withoutUser,
} from "../../../src/shell/transport/network-error.ts";

const coded = (message: string, code: unknown): Error =>
  Object.assign(new Error(message), { code });
const refused = [
  coded("connect ECONNREFUSED ::1:80", "ECONNREFUSED"),
  coded("connect ECONNREFUSED 127.0.0.1:80", "ECONNREFUSED"),
];

const cases: [name: string, cause: unknown, words: string, advice: string][] = [
  [
    "an error of the system",
    coded("getaddrinfo ENOTFOUND nowhere", "ENOTFOUND"),
    "getaddrinfo ENOTFOUND nowhere",
    " (there is no such host; is the name right?)",
  ],
  [
    "several attempts, told in one error without words",
    Object.assign(new AggregateError(refused, ""), { code: "ECONNREFUSED" }),
    "connect ECONNREFUSED ::1:80; connect ECONNREFUSED 127.0.0.1:80",
    " (nothing listens there; is the server up, and the port right?)",
  ],
  [
    "a certificate",
    coded("self-signed certificate", "DEPTH_ZERO_SELF_SIGNED_CERT"),
    "self-signed certificate",
    " (the certificate is signed by itself; trust it by the option ca)",
  ],
  [
    "no TLS there, as Node 20 has it",
    coded(
      "write EPROTO 80:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:x.c:350:\n",
      "EPROTO",
    ),
    "write EPROTO 80:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:x.c:350:",
    " (the other side does not speak TLS on that port; is ws: or an http: proxy meant?)",
  ],
  [
    "a client's certificate is wanted, as Deno has it",
    coded("received fatal alert: CertificateRequired", "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED"),
    "received fatal alert: CertificateRequired",
    " (the server wants a certificate of the client's: give tls.cert and tls.key)",
  ],
  [
    "or as Bun has it",
    coded(
      "error:1000045c:SSL routines:OPENSSL_internal:TLSV1_ALERT_CERTIFICATE_REQUIRED",
      "EPROTO",
    ),
    "error:1000045c:SSL routines:OPENSSL_internal:TLSV1_ALERT_CERTIFICATE_REQUIRED",
    " (the server wants a certificate of the client's: give tls.cert and tls.key)",
  ],
  [
    "TLS that says no more",
    coded("sslv3 alert bad certificate", "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE"),
    "sslv3 alert bad certificate",
    "",
  ],
  [
    "words that end in a line break",
    coded("wrong version number:350:\n", "EODD"),
    "wrong version number:350:",
    "",
  ],
  [
    "an error that has its advice already",
    Object.assign(coded("the proxy http://x: refused (why?)", "ECONNREFUSED"), { advised: true }),
    "the proxy http://x: refused (why?)",
    "",
  ],
  ["a code without advice", coded("odd", "EODD"), "odd", ""],
  ["a code that an object has by itself", coded("odd", "constructor"), "odd", ""],
  ["a code that is no string", coded("odd", 5), "odd", ""],
  ["no words but a code", coded("", "EODD"), "EODD", ""],
  ["no words at all", new RangeError(""), "RangeError", ""],
  ["what is no error", "gone", "gone", ""],
  ["nothing", null, "null", ""],
];
test.each(cases)("%s", (_, cause, words, advice) => {
  expect([describeNetworkError(cause), describeConnectError(cause)]).toEqual([
    words,
    words + advice,
  ]);
});

test.each([
  ["ws://user:secret@host/a@b?c@d", "ws://host/a@b?…"],
  ["ws://host/?token=secret\n?", "ws://host/?…"],
  ["ws://host/?", "ws://host/?"],
  ["wss://user:se@cret@host:8080", "wss://host:8080"],
  ["ws://host/~user@x", "ws://host/~user@x"],
  ["ws+unix:/a@b.sock:/", "ws+unix:/a@b.sock:/"],
])("of %s people see %s", (url, shown) => {
  expect(withoutUser(url)).toBe(shown);
});

const failed = (cause?: unknown): TypeError => new TypeError("fetch failed", { cause });
test.each<[name: string, error: unknown, words: string]>([
  [
    "what lies beneath fetch, and what may be done",
    failed(coded("connect ECONNREFUSED 127.0.0.1:8", "ECONNREFUSED")),
    "connect ECONNREFUSED 127.0.0.1:8 (nothing listens there; is the server up, and the port right?)",
  ],
  [
    "several addresses",
    failed(
      Object.assign(new AggregateError([coded("a", "ECONNREFUSED"), coded("b", "ECONNREFUSED")]), {
        code: "ECONNREFUSED",
      }),
    ),
    "a; b (nothing listens there; is the server up, and the port right?)",
  ],
  ["two deep", failed(new Error("tls", { cause: coded("bad cert", "EODD") })), "tls: bad cert"],
  [
    "words of its own",
    new TypeError("terminated", { cause: coded("other side closed", "X") }),
    "terminated: other side closed",
  ],
  [
    "the same words beneath",
    new Error("no: refused", { cause: new Error("refused") }),
    "no: refused",
  ],
  ["nothing beneath", failed(), "fetch failed"],
  ["what is no error", "gone", "gone"],
])("fetch: %s", (_, error, words) => {
  expect(describeFetchError(error)).toBe(words);
});

test("causes that go round", () => {
  const error = failed();
  error.cause = error;
  expect(describeFetchError(error)).toBe("fetch failed");
});
