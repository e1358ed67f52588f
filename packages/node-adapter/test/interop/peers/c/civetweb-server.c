// name: civetweb-server
// title: CivetWeb
// role: server
// http: 1.1
// install: apt-get install gcc libcivetweb-dev
// version: command -v gcc >/dev/null && dpkg-query -f '${Version}' -W libcivetweb-dev
// run: gcc -o FOLDER/peer FILE -lcivetweb && exec FOLDER/peer ARGUMENT
#include <civetweb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int echo(struct mg_connection *socket, int bits, char *data, size_t length, void *user) {
  int opcode = bits & 15;
  if (opcode == MG_WEBSOCKET_OPCODE_CONNECTION_CLOSE) {
    if (length > 1) printf("closed %d\n", ((unsigned char *)data)[0] << 8 | ((unsigned char *)data)[1]);
    fflush(stdout);
    mg_websocket_write(socket, opcode, data, length);
    return 0;
  }
  if (opcode == MG_WEBSOCKET_OPCODE_PONG) return 1;
  if (opcode == MG_WEBSOCKET_OPCODE_PING) opcode = MG_WEBSOCKET_OPCODE_PONG;
  if (length == 8 && memcmp(data, "close me", 8) == 0) {
    mg_websocket_write(socket, MG_WEBSOCKET_OPCODE_CONNECTION_CLOSE, "\x0f\xa2" "bye", 5);
    return 1;
  }
  mg_websocket_write(socket, opcode, data, length);
  return 1;
}

int main(int argc, char **argv) {
  char address[32];
  snprintf(address, sizeof address, "127.0.0.1:%s", argv[1]);
  const char *options[] = {"listening_ports", address, NULL};
  mg_init_library(0);
  struct mg_context *context = mg_start(NULL, NULL, options);
  if (context == NULL) return 1;
  mg_set_websocket_handler(context, "/", NULL, NULL, echo, NULL, NULL);
  for (;;) pause();
}
