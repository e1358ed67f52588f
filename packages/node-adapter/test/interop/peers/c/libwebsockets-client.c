// name: libwebsockets-client
// title: libwebsockets
// role: client
// http: 1.1
// install: apt-get install gcc libwebsockets-dev
// version: command -v gcc >/dev/null && dpkg-query -f '${Version}' -W libwebsockets-dev
// run: gcc -o FOLDER/peer FILE -lwebsockets && exec FOLDER/peer ARGUMENT
// notes: leave permessage-deflate out on one side: 4.1 does not take messages that are not compressed then, as short ones are not
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned char message[LWS_PRE + (1 << 20)];
static size_t length;
static int is_binary, is_whole, is_over;

static int echo(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
  switch (reason) {
    case LWS_CALLBACK_CLIENT_RECEIVE:
      if (lws_is_first_fragment(wsi)) length = 0;
      memcpy(message + LWS_PRE + length, in, len);
      length += len;
      is_binary = lws_frame_is_binary(wsi);
      if (!lws_is_final_fragment(wsi)) break;
      if (length == 8 && memcmp(message + LWS_PRE, "close me", 8) == 0) {
        lws_close_reason(wsi, 4002, (unsigned char *)"bye", 3);
        return -1;
      }
      is_whole = 1;
      lws_callback_on_writable(wsi);
      break;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
      if (!is_whole) break;
      is_whole = 0;
      lws_write(wsi, message + LWS_PRE, length, is_binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT);
      break;
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
      if (len >= 2) printf("closed %d\n", ((unsigned char *)in)[0] << 8 | ((unsigned char *)in)[1]);
      fflush(stdout);
      break;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    case LWS_CALLBACK_CLIENT_CLOSED:
      is_over = 1;
      break;
    default:
      break;
  }
  return 0;
}

int main(int argc, char **argv) {
  const struct lws_protocols protocols[] = {{"echo", echo, 0, 0}, {NULL, NULL, 0, 0}};
  struct lws_context_creation_info info = {0};
  info.port = CONTEXT_PORT_NO_LISTEN;
  info.protocols = protocols;
  lws_set_log_level(LLL_ERR, NULL);
  struct lws_context *context = lws_create_context(&info);
  struct lws_client_connect_info to = {0};
  const char *scheme, *path;
  if (lws_parse_uri(argv[1], &scheme, &to.address, &to.port, &path)) return 1;
  to.context = context;
  to.path = "/";
  to.host = to.origin = to.address;
  to.local_protocol_name = "echo";
  lws_client_connect_via_info(&to);
  while (!is_over && lws_service(context, 0) >= 0);
  return 0;
}
