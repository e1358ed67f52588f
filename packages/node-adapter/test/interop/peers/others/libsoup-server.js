// name: libsoup-server
// title: libsoup
// role: server
// http: 1.1
// install: apt-get install gjs gir1.2-soup-3.0
// version: command -v gjs >/dev/null && dpkg-query -f '${Version}' -W libsoup-3.0-0
// run: exec gjs FILE ARGUMENT
/* global imports, ARGV, print */
imports.gi.versions.Soup = "3.0";
const { Soup, GLib } = imports.gi;
const server = new Soup.Server();
server.add_websocket_handler("/", null, null, (_server, _message, _path, socket) => {
  keep.add(socket);
  socket.max_incoming_payload_size = 1 << 20;
  socket.connect("message", (_socket, kind, bytes) => {
    const text = kind === 1 ? new TextDecoder().decode(bytes.toArray()) : "";
    if (text === "close me") socket.close(4002, "bye");
    else socket.send_message(kind, bytes);
  });
  socket.connect("closed", () => {
    print("closed " + socket.get_close_code());
    keep.delete(socket);
  });
});
const keep = new Set();
server.listen_local(Number(ARGV[0]), Soup.ServerListenOptions.IPV4_ONLY);
new GLib.MainLoop(null, false).run();
