/** Brokers and gateways: what is behind their WebSocket is no echo, but sends back what one sends oneself. */
import { once } from "node:events";
import net from "node:net";
import { connect, type WebSocket } from "../../../src/index.ts";
import { attempt, within } from "../conversation.ts";
import type { Row } from "../peer.ts";
import { freePort, start, versionOf } from "../processes.ts";
import { type Broker, type Gateway, Talk } from "./gateway.ts";
import { gateways } from "./gateways.ts";
import { mqttJs } from "./mqtt-js.ts";

async function pong(socket: WebSocket): Promise<undefined> {
  const answered = new Promise<void>((resolve) =>
    socket.ping("are you there?", () => {
      resolve();
    }),
  );
  return void (await within(answered, 5000));
}

async function runGateway(gateway: Gateway): Promise<Row[]> {
  const echo = net.createServer((socket) => socket.on("error", () => undefined).pipe(socket));
  echo.listen(0, "127.0.0.1");
  await once(echo, "listening");
  const port = await freePort();
  const behind = (echo.address() as net.AddressInfo).port;
  const program = await start((folder) => gateway.command(folder, port, behind), {
    files: { "config.lua": gateway.config?.(port, behind) ?? "" },
    ports: [port],
  });
  const open = async (deflate: boolean): Promise<Talk> => {
    const url = `ws://127.0.0.1:${port}${gateway.path}`;
    const talk = new Talk(
      await connect(url, { protocols: [...gateway.protocols], perMessageDeflate: deflate }),
    );
    await gateway.begin(talk);
    return talk;
  };
  const round = (talk: Talk, payload: Buffer): Promise<string> =>
    attempt(async () => {
      gateway.send(talk, payload);
      await talk.hears(payload);
      return undefined;
    });
  const closeOf = async (talk: Talk): Promise<string> => {
    const { code, wasClean } = await within(talk.socket.closed, 40_000);
    return wasClean ? String(code) : `${code}, not clean`;
  };
  try {
    const first = await open(false);
    const text = await round(first, Buffer.from("wörld €"));
    const binary = await round(first, Buffer.alloc(100_000, "0123456789"));
    const ping = await attempt(() => pong(first.socket));
    const ours = await attempt(() => {
      first.socket.close(3001, "done");
      return closeOf(first);
    });
    const second = await open(true);
    const isDeflated = second.socket.extensions.includes("permessage-deflate");
    // Also where nothing is compressed: a gateway that is stopped before it has reached what is behind it ends otherwise.
    const answer = await round(second, Buffer.alloc(2000, "names "));
    const deflate = isDeflated ? answer : "no";
    const theirs = await attempt(async () => {
      await program.stop();
      return closeOf(second);
    });
    const cells = { opens: "yes", text, binary, ping, deflate, ours, theirs, gone: "–" };
    return [{ http: "1.1", cells: { ...cells, events: "–" } }];
  } finally {
    await program.stop();
    echo.close();
  }
}

const spoken: readonly Broker[] = gateways.map((gateway) => ({
  name: gateway.name,
  role: "broker",
  http: ["1.1"],
  install: gateway.install,
  notes: gateway.notes,
  version: () => versionOf(gateway.title, ...gateway.asks),
  run: () => runGateway(gateway),
}));

export const brokers: readonly Broker[] = [...spoken, mqttJs];
