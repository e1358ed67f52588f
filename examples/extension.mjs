// An extension of one's own: it turns messages round on their way.
import { connect, serve } from "@sansocket/node-adapter";

/** @type {import("@sansocket/core").Extension} */
const reverse = {
  name: "x-reverse", // a token; RFC 6455 §11.4 has a registry
  rsv: 2, // the reserved bits it marks frames with: RSV1 is 4, RSV2 2, RSV3 1
  accept: () => ({ parameters: new Map(), session: makeSession() }), // `undefined` accepts none
  offer: () => ({
    parameters: [new Map()],
    activate: (answer) => (answer.size === 0 ? makeSession() : undefined),
  }),
};

const makeSession = () => ({
  onlyMarked: true, // incoming messages without the bit are delivered without asking
  outgoing(message, done) {
    message.data = message.data.toReversed(); // the bytes that are given are the sender's: make others
    message.rsv |= 2;
    done(undefined);
  },
  incoming(message, done) {
    message.data.reverse(); // these are the session's to change
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
