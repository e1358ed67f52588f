// name: ulfius-server
// title: ulfius
// role: server
// http: 1.1
// install: apt-get install gcc libulfius-dev
// version: command -v gcc >/dev/null && dpkg-query -f '${Version}' -W libulfius-dev
// run: gcc -o FOLDER/peer FILE -lulfius && exec FOLDER/peer ARGUMENT
// notes: closes without a code, whatever the application gives, and tells it none
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ulfius.h>
#include <unistd.h>

static void opened(const struct _u_request *request, struct _websocket_manager *socket, void *user) {
  while (ulfius_websocket_wait_close(socket, 1000) == U_WEBSOCKET_STATUS_OPEN);
}

static void heard(const struct _u_request *request, struct _websocket_manager *socket, const struct _websocket_message *message, void *user) {
  if (message->opcode == U_WEBSOCKET_OPCODE_CLOSE) {
    unsigned char *code = (unsigned char *)message->data;
    if (message->data_len > 1) printf("closed %d\n", code[0] << 8 | code[1]);
    fflush(stdout);
  } else if (message->opcode != U_WEBSOCKET_OPCODE_TEXT && message->opcode != U_WEBSOCKET_OPCODE_BINARY)
    return;
  else if (message->data_len == 8 && memcmp(message->data, "close me", 8) == 0)
    ulfius_websocket_send_message(socket, U_WEBSOCKET_OPCODE_CLOSE, 5, "\x0f\xa2" "bye");
  else
    ulfius_websocket_send_message(socket, message->opcode, message->data_len, message->data);
}

static int answer(const struct _u_request *request, struct _u_response *response, void *user) {
  ulfius_set_websocket_response(response, NULL, NULL, opened, NULL, heard, NULL, NULL, NULL);
  ulfius_add_websocket_deflate_extension(response);
  return U_CALLBACK_CONTINUE;
}

int main(int argc, char **argv) {
  struct _u_instance instance;
  ulfius_init_instance(&instance, atoi(argv[1]), NULL, NULL);
  ulfius_add_endpoint_by_val(&instance, "GET", "/", NULL, 0, answer, NULL);
  if (ulfius_start_framework(&instance) != U_OK) return 1;
  for (;;) pause();
}
