import type { Transport, TransportListener } from "../../shell/transport/transport.ts";
import type { LinkEnd } from "./link-end.ts";
import type { Wires } from "./wires.ts";

/** Stands for a head on the link: heads themselves are handed over. */
const HEAD = Uint8Array.of(0);
/** Answers that have no body (RFC 9110 §6.4.1). */
const WITHOUT_BODY = [101, 103, 204, 205, 304];

/** `fetch`, on the wires of a network: an answer's body goes over a link, so that it is as slow as that, waits where it is not read, and is lost with it. */
export const fetchOver =
  (wires: Wires): ((url: string | URL, init?: RequestInit) => Promise<Response>) =>
  async (url, init) => {
    const request = new Request(url, init);
    request.signal.throwIfAborted();
    return await new Promise<Response>((resolve, reject) => {
      const { client } = wires.connect(new URL(request.url), (host, link) => {
        answerOn(link.server, () => host.answer(request), download);
      });
      const download = new Download(client, request.signal, resolve, reject);
    });
  };

/** The client's side: what comes is the body of a `Response`. */
class Download implements TransportListener {
  /** The head of the answer, before its byte comes. */
  head: Response | undefined = undefined;
  private readonly end: LinkEnd;
  private readonly signal: AbortSignal;
  private readonly resolve: (response: Response) => void;
  private readonly reject: (reason: unknown) => void;
  private body: ReadableStreamDefaultController<Uint8Array> | undefined = undefined;

  constructor(
    end: LinkEnd,
    signal: AbortSignal,
    resolve: (response: Response) => void,
    reject: (reason: unknown) => void,
  ) {
    this.end = end;
    this.signal = signal;
    this.resolve = resolve;
    this.reject = reject;
    end.bind(this);
    end.write(HEAD);
    signal.addEventListener("abort", this.abort);
  }

  onData(bytes: Uint8Array): void {
    const rest = this.head === undefined ? bytes : this.begin(this.head, bytes);
    if (rest.length === 0) return;
    this.body?.enqueue(rest);
    if ((this.body?.desiredSize ?? 1) <= 0) this.end.pause();
  }

  onEnd(): void {
    this.settle(new TypeError("fetch failed: the connection has ended before the answer"));
    this.body?.close();
    this.body = undefined;
    this.end.end();
  }

  onDrain(): void {}

  onGone(cause?: unknown): void {
    this.settle(Object.assign(new TypeError("fetch failed"), { cause }));
    this.body?.error(Object.assign(new TypeError("terminated"), { cause }));
    this.body = undefined;
  }

  private begin({ status, statusText, headers }: Response, bytes: Uint8Array): Uint8Array {
    this.head = undefined;
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.body = controller;
      },
      pull: () => {
        this.end.resume();
      },
      cancel: () => {
        this.body = undefined;
        this.leave();
      },
    });
    const body = WITHOUT_BODY.includes(status) ? null : stream;
    this.resolve(new Response(body, { status, statusText, headers }));
    return bytes.subarray(HEAD.length);
  }

  private readonly abort = (): void => {
    const reason: unknown = this.signal.reason;
    this.reject(reason);
    this.body?.error(reason);
    this.body = undefined;
    this.leave();
  };

  private leave(): void {
    this.signal.removeEventListener("abort", this.abort);
    this.end.destroy();
  }

  private settle(error: Error): void {
    this.signal.removeEventListener("abort", this.abort);
    this.reject(error); // does nothing once there is an answer
  }
}

/** The server's side: asks once the request is there, and sends the answer's body as fast as it goes. */
function answerOn(end: LinkEnd, ask: () => Promise<Response>, download: Download): void {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  let isGone = false;
  let hasRoom = (): void => {};
  const leave = (): void => {
    isGone = true;
    hasRoom();
    reader?.cancel().catch(() => {});
  };
  const send = async (transport: Transport): Promise<void> => {
    const response = await ask();
    if (isGone) return void response.body?.cancel().catch(() => {});
    download.head = response;
    transport.write(HEAD);
    reader = response.body?.getReader();
    for (
      let next = await reader?.read();
      next?.done === false && !isGone;
      next = await reader?.read()
    ) {
      transport.write(next.value);
      while (transport.bufferedBytes > 0 && !isGone)
        await new Promise<void>((resolve) => (hasRoom = resolve));
    }
    transport.end();
  };
  const transport = end.bind({
    onData: () => {
      send(transport).catch(() => {
        transport.destroy(); // the body has failed
      });
    },
    onEnd: () => {
      leave();
      transport.end();
    },
    onProgress: () => {
      hasRoom();
    },
    onDrain: () => {
      hasRoom();
    },
    onGone: leave,
  });
}
