import net from "node:net";
import tls from "node:tls";
import { certificate } from "../harness/raw-streams.ts";

/** An HTTP proxy for tests, that makes tunnels and nothing else. */
export interface TestProxy {
  readonly origin: string;
  readonly port: number;
  /** The heads it was sent. */
  readonly heads: readonly string[];
  stop(): Promise<void>;
}

/** How it answers. */
export interface TestProxyOptions {
  readonly secure?: boolean;
  /** The answer in place of a tunnel, as it goes over the wire; a function may write it in its own time. `undefined` for all heads that shall pass. */
  readonly refuse?: (head: string, socket: net.Socket) => string | undefined;
  /** The response that opens a tunnel. @defaultValue `HTTP/1.1 200 Connection established` */
  readonly answer?: string;
  /** Cuts its answer into single bytes. */
  readonly slowly?: boolean;
}

/** Starts a proxy on a free port of 127.0.0.1. */
export async function startProxy({
  secure = false,
  refuse = () => undefined,
  answer = "HTTP/1.1 200 Connection established\r\n\r\n",
  slowly = false,
}: TestProxyOptions = {}): Promise<TestProxy> {
  const heads: string[] = [];
  const sockets = new Set<net.Socket>();
  const serve = (socket: net.Socket): void => {
    let head = "";
    const keep = (one: net.Socket): void => {
      sockets.add(
        one
          .on("error", () => {})
          .on("close", () => {
            sockets.delete(one);
          }),
      );
    };
    keep(socket);
    const read = (chunk: Uint8Array): void => {
      head += Buffer.from(chunk).toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      socket.removeListener("data", read);
      heads.push(head);
      const refusal = refuse(head, socket);
      if (refusal !== undefined) return void (refusal !== "" && socket.write(refusal));
      const [, host, port] = /^CONNECT \[?(.*?)\]?:(\d+) /.exec(head)!;
      socket.pause();
      const far = net.connect(Number(port), host, () => {
        if (slowly) for (const byte of answer) socket.write(byte);
        else socket.write(answer);
        socket.pipe(far).pipe(socket);
      });
      far.on("close", () => socket.destroy());
      socket.on("close", () => far.destroy());
      keep(far);
    };
    socket.on("data", read);
  };
  const server = secure
    ? tls.createServer({ ...certificate, ALPNProtocols: ["http/1.1"] }, serve)
    : net.createServer(serve);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as net.AddressInfo;
  return {
    origin: `${secure ? "https" : "http"}://127.0.0.1:${port}`,
    port,
    heads,
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => {
          resolve();
        });
      }),
  };
}
