// name: libwebsockets-server
// title: libwebsockets
// role: server
// http: 1.1
// install: apt-get install gcc libwebsockets-dev
// version: command -v gcc >/dev/null && dpkg-query -f '${Version}' -W libwebsockets-dev
// run: gcc -o FOLDER/peer FILE -lwebsockets && exec FOLDER/peer ARGUMENT
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct session {
  unsigned char *message;
  size_t length;
  int is_binary, is_whole;
};

static int echo(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
  struct session *session = user;
  switch (reason) {
    case LWS_CALLBACK_RECEIVE:
      if (session->message == NULL) session->message = malloc(LWS_PRE + (1 << 20));
      if (lws_is_first_fragment(wsi)) session->length = 0;
      memcpy(session->message + LWS_PRE + session->length, in, len);
      session->length += len;
      session->is_binary = lws_frame_is_binary(wsi);
      if (!lws_is_final_fragment(wsi)) break;
      session->is_whole = 1;
      if (session->length == 8 && memcmp(session->message + LWS_PRE, "close me", 8) == 0) {
        lws_close_reason(wsi, 4002, (unsigned char *)"bye", 3);
        return -1;
      }
      lws_callback_on_writable(wsi);
      break;
    case LWS_CALLBACK_SERVER_WRITEABLE:
      if (!session->is_whole) break;
      session->is_whole = 0;
      lws_write(wsi, session->message + LWS_PRE, session->length, session->is_binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT);
      break;
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
      if (len >= 2) printf("closed %d\n", ((unsigned char *)in)[0] << 8 | ((unsigned char *)in)[1]);
      fflush(stdout);
      break;
    case LWS_CALLBACK_CLOSED:
      free(session->message);
      break;
    default:
      break;
  }
  return 0;
}

int main(int argc, char **argv) {
  const struct lws_protocols protocols[] = {{"echo", echo, sizeof(struct session), 0}, {NULL, NULL, 0, 0}};
  const struct lws_extension extensions[] = {
      {"permessage-deflate", lws_extension_callback_pm_deflate, "permessage-deflate"}, {NULL, NULL, NULL}};
  struct lws_context_creation_info info = {0};
  info.port = atoi(argv[1]);
  info.protocols = protocols;
  info.extensions = extensions;
  lws_set_log_level(0, NULL);
  struct lws_context *context = lws_create_context(&info);
  while (lws_service(context, 0) >= 0);
  return 0;
}
