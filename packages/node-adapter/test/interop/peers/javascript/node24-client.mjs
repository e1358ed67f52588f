// name: node24-client
// title: Node 24's own WebSocket
// role: client
// http: 1.1, 2
// install: npx -y node@24 --version
// version: npx -y node@24 --version
// run: exec npx -y node@24 FILE ARGUMENT
const socket = new WebSocket((globalThis.Deno?.args ?? process.argv.slice(2))[0]);
socket.binaryType = "arraybuffer";
socket.onmessage = ({ data }) => {
  if (data === "close me") socket.close(4002, "bye");
  else socket.send(data);
};
socket.onclose = ({ code }) => console.log(`closed ${code}`);
