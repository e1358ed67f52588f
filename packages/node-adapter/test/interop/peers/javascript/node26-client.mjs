// name: node26-client
// title: Node 26's own WebSocket
// role: client
// http: 1.1, 2
// install: npx -y node@26 --version
// version: npx -y node@26 --version
// run: exec npx -y node@26 FILE ARGUMENT
// notes: over HTTP/2 it wants a `Sec-WebSocket-Accept`, which ours answers, and does not keep its process alive
const socket = new WebSocket((globalThis.Deno?.args ?? process.argv.slice(2))[0]);
socket.binaryType = "arraybuffer";
socket.onmessage = ({ data }) => {
  if (data === "close me") socket.close(4002, "bye");
  else socket.send(data);
};
// Over HTTP/2 the socket alone does not keep the program alive.
const alive = setInterval(() => undefined, 1000);
socket.onclose = ({ code }) => {
  console.log(`closed ${code}`);
  clearInterval(alive);
};
