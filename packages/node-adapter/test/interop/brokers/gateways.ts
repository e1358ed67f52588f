/** mosquitto, nats-server, prosody and websockify: how they are begun, and the least of what they speak. */
import type { Gateway } from "./gateway.ts";

/** A packet of MQTT 3.1.1: its first byte, its length in groups of seven bits, and what is in it. */
function packet(first: number, ...parts: (string | Buffer | readonly number[])[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  const length: number[] = [];
  for (let left = body.length; length.length === 0 || left > 0; left >>= 7)
    length.push((left & 127) | (left > 127 ? 128 : 0));
  return Buffer.concat([Buffer.from([first, ...length]), body]);
}

export const mosquitto: Gateway = {
  name: "mosquitto",
  title: "mosquitto",
  install: "apt-get install mosquitto",
  notes:
    "MQTT, subprotocol `mqtt`; `protocol websockets`, beside one more listener: with this one alone 2.0.11 does not start",
  asks: ["mosquitto", "-h"],
  path: "/mqtt",
  protocols: ["mqtt"],
  config: (port) =>
    `listener 0 FOLDER/socket\nlistener ${port} 127.0.0.1\nprotocol websockets\nallow_anonymous true\nuser root\n`,
  command: (folder) => ["mosquitto", "-c", `${folder}/config.lua`],
  async begin({ socket }) {
    socket.send(packet(0x10, [0, 4], "MQTT", [4, 2, 0, 60], [0, 4], "echo"));
    socket.send(packet(0x82, [0, 1], [0, 1], "a", [0]));
    await Promise.resolve();
  },
  send: ({ socket }, payload) => socket.send(packet(0x30, [0, 1], "a", payload)),
};

const nats: Gateway = {
  name: "nats-server",
  title: "nats-server",
  install: "apt-get install nats-server",
  notes: "`websocket { no_tls: true, compression: true }`",
  asks: ["nats-server", "--version"],
  path: "/",
  protocols: [],
  config: (port) =>
    `host: 127.0.0.1\nport: -1\nwebsocket { host: 127.0.0.1, port: ${port}, no_tls: true, compression: true }\n`,
  command: (folder) => ["nats-server", "-c", `${folder}/config.lua`],
  async begin(talk) {
    talk.socket.send(Buffer.from("CONNECT {}\r\nSUB a 1\r\nPING\r\n"));
    await talk.hears("PONG");
  },
  send({ socket }, payload) {
    socket.send(
      Buffer.concat([Buffer.from(`PUB a ${payload.length}\r\n`), payload, Buffer.from("\r\n")]),
    );
  },
};

const OPEN = '<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="localhost" version="1.0"/>';

const prosody: Gateway = {
  name: "prosody",
  title: "prosody",
  install: "apt-get install prosody",
  notes: "XMPP, subprotocol `xmpp`; `mod_websocket`",
  asks: ["prosodyctl", "about"],
  path: "/xmpp-websocket",
  protocols: ["xmpp"],
  config: (port) => `run_as_root = true
modules_enabled = { "saslauth", "websocket" }
modules_disabled = { "s2s" }
data_path = "FOLDER"
http_ports = { ${port} }
http_interfaces = { "127.0.0.1" }
https_ports = {}
c2s_ports = {}
consider_websocket_secure = true
log = { error = "*console" }
VirtualHost "localhost"
authentication = "anonymous"
`,
  command: (folder) => ["prosody", "-F", "--config", `${folder}/config.lua`],
  async begin(talk) {
    talk.socket.send(OPEN);
    await talk.hears("ANONYMOUS");
    talk.socket.send('<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="ANONYMOUS"/>');
    await talk.hears("<success");
    talk.socket.send(OPEN);
    talk.socket.send(
      '<iq xmlns="jabber:client" type="set" id="b"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>',
    );
    await talk.hears("</jid>");
    talk.self = /<jid>(.*)<\/jid>/.exec(talk.heard.toString())![1]!;
  },
  send({ socket, self }, payload) {
    socket.send(
      `<message xmlns="jabber:client" to="${self}"><body>${payload.toString()}</body></message>`,
    );
  },
};

const websockify: Gateway = {
  name: "websockify",
  title: "websockify",
  install: "apt-get install websockify",
  notes: "bytes of a TCP connection; answers in binary alone",
  asks: ["dpkg-query", "-f", "${Version}", "-W", "websockify"],
  path: "/",
  protocols: [],
  command: (_, port, echo) => ["websockify", `127.0.0.1:${port}`, `127.0.0.1:${echo}`],
  async begin() {
    await Promise.resolve();
  },
  send: ({ socket }, payload) => socket.send(payload),
};

export const gateways: readonly Gateway[] = [mosquitto, nats, prosody, websockify];
