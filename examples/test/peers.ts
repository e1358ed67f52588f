/** Clients, servers and a proxy that are not ours. */
import { createServer, get } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { WebSocket } from "ws";

/** How {@link converse} does it. */
export interface Conversation {
  /** How many messages the server says first. */
  readonly greetings?: number;
  /** Said after those. @defaultValue "Hello" */
  readonly says?: string | undefined;
  readonly protocols?: string[];
  readonly ca?: Buffer;
}

/** Connects by `ws`, speaks once the server has greeted, and closes after the next message. Resolves with what was heard. */
export function converse(url: string, conversation: Conversation = {}): Promise<string[]> {
  const { greetings = 0, protocols = [], ca } = conversation;
  const says = "says" in conversation ? conversation.says : "Hello";
  return new Promise((resolve, reject) => {
    const messages: string[] = [];
    const socket = new WebSocket(url, protocols, { ca });
    const speak = (): void => {
      if (messages.length === greetings && says !== undefined) socket.send(says);
    };
    socket.on("open", speak);
    socket.on("message", (data) => {
      messages.push(String(data));
      if (messages.length > greetings) socket.close(1000, "done");
      else speak();
    });
    socket.on("close", () => resolve(messages));
    socket.on("error", reject);
  });
}

/** The body of a page. */
export function page(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, (response) => {
      let body = "";
      response
        .setEncoding("utf8")
        .on("data", (text: string) => {
          body += text;
        })
        .on("end", () => resolve(body));
    }).on("error", reject);
  });
}

/** The first `count` events of a stream, as they came. */
export function eventsOf(url: string, count: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers: { Accept: "text/event-stream" } }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
        const events = text.split(/(?:\r?\n){2,}/).map((event) => event.replaceAll("\r", ""));
        if (events.length <= count) return;
        request
          .off("error", reject)
          .on("error", () => {})
          .destroy();
        resolve(events.slice(0, count));
      });
    }).on("error", reject);
  });
}

/** A server that answers with `text` and goes on saying nothing; it notes the fields of interest of each request. */
export function streams(
  text: string,
  port = 0,
): Promise<{ port: number; asked: string[]; stop: () => void }> {
  return new Promise((resolve) => {
    const asked: string[] = [];
    const server = createServer(({ headers }, response) => {
      asked.push(`${headers["x-token"]} ${headers["last-event-id"]}`);
      response.writeHead(200, { "Content-Type": "text/event-stream" }).write(text);
    });
    server.listen(port, "127.0.0.1", () =>
      resolve({
        port: (server.address() as AddressInfo).port,
        asked,
        stop: () => {
          server.closeAllConnections();
          server.close();
        },
      }),
    );
  });
}

/** A proxy for those who know `credentials`; it notes to where it has made tunnels. */
export function proxy(
  credentials: string,
): Promise<{ port: number; asked: string[]; stop: () => void }> {
  return new Promise((resolve) => {
    const asked: string[] = [];
    const expected = `Basic ${Buffer.from(credentials).toString("base64")}`;
    const server = createServer().on("connect", ({ url, headers }, client) => {
      if (headers["proxy-authorization"] !== expected)
        return void client.end(
          "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
        );
      asked.push(url!);
      const { hostname, port } = new URL(`http://${url}`);
      const upstream = connect(Number(port), hostname, () => {
        client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
        client.pipe(upstream).pipe(client);
      });
      for (const stream of [client, upstream])
        stream.on("error", () => {
          client.destroy();
          upstream.destroy();
        });
    });
    server.listen(0, "127.0.0.1", () =>
      resolve({
        port: (server.address() as AddressInfo).port,
        asked,
        stop: () => {
          server.close();
        },
      }),
    );
  });
}
