// An extension of your own: it reverses messages on their way.
import { connect, serve } from "@sansocket/node-adapter";

/** @type {import("@sansocket/core").Extension} */
const reverse = {
  name: "x-reverse", // a token; RFC 6455 §11.4 has a registry
  rsv: 2, // the reserved bits that mark its frames: RSV1 is 4, RSV2 2, RSV3 1
  accept: () => ({ parameters: new Map(), session: makeSession() }), // `undefined` accepts none
  offer: () => ({
    parameters: [new Map()],
    activate: (answer) => (answer.size === 0 ? makeSession() : undefined),
  }),
};

const makeSession = () => ({
  onlyMarked: true, // incoming messages without the bit skip this session
  outgoing(message, done) {
    message.data = message.data.toReversed(); // the sender owns these bytes: make new ones
    message.rsv |= 2;
    done(undefined);
  },
  incoming(message, done) {
    message.data.reverse(); // the session may change these
    message.rsv &= ~2;
    done(undefined);
  },
  close() {},
});

const extensions = [reverse];
const server = serve({ extensions, websocket: { message: (socket, data) => socket.send(data) } });
await server.ready;
const socket = await connect(server.url, { extensions });
socket.send("stressed");
for await (const message of socket) {
  console.log(`${socket.extensions}: ${message}`);
  socket.close();
}
await server.stop();
