// name: deno-client
// title: Deno's own WebSocket
// role: client
// http: 1.1, 2
// install: npm install (it is a development dependency)
// version: node_modules/.bin/deno --version
// run: exec ROOT/node_modules/.bin/deno run --quiet --no-config -A FILE ARGUMENT
// notes: offers no compression
const socket = new WebSocket((globalThis.Deno?.args ?? process.argv.slice(2))[0]);
socket.binaryType = "arraybuffer";
socket.onmessage = ({ data }) => {
  if (data === "close me") socket.close(4002, "bye");
  else socket.send(data);
};
socket.onclose = ({ code }) => console.log(`closed ${code}`);
