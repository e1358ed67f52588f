// name: wslay-server
// title: wslay
// role: server
// http: 1.1
// install: apt-get install gcc libwslay-dev libssl-dev
// version: command -v gcc >/dev/null && dpkg -s libssl-dev >/dev/null && dpkg-query -f '${Version}' -W libwslay-dev
// run: gcc -o FOLDER/peer FILE -lwslay -lcrypto && exec FOLDER/peer ARGUMENT
// notes: frames only: the opening is the application's
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wslay/wslay.h>

static ssize_t take(wslay_event_context_ptr context, uint8_t *data, size_t length, int flags, void *user) {
  ssize_t got = recv(*(int *)user, data, length, MSG_DONTWAIT);
  int is_empty = got < 0 && errno == EAGAIN;
  if (got <= 0) wslay_event_set_error(context, is_empty ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
  return got <= 0 ? -1 : got;
}

static ssize_t give(wslay_event_context_ptr context, const uint8_t *data, size_t length, int flags, void *user) {
  ssize_t sent = send(*(int *)user, data, length, MSG_NOSIGNAL);
  if (sent < 0) wslay_event_set_error(context, WSLAY_ERR_CALLBACK_FAILURE);
  return sent;
}

static void got(wslay_event_context_ptr context, const struct wslay_event_on_msg_recv_arg *message, void *user) {
  if (message->opcode == WSLAY_CONNECTION_CLOSE) {
    printf("closed %d\n", message->status_code);
    fflush(stdout);
  }
  if (wslay_is_ctrl_frame(message->opcode)) return;
  if (message->msg_length == 8 && memcmp(message->msg, "close me", 8) == 0) {
    wslay_event_queue_close(context, 4002, (const uint8_t *)"bye", 3);
  } else {
    struct wslay_event_msg answer = {message->opcode, message->msg, message->msg_length};
    wslay_event_queue_msg(context, &answer);
  }
}

static void serve(int connection) {
  char head[8192] = "", joined[128];
  unsigned char digest[SHA_DIGEST_LENGTH], accept[32];
  for (size_t have = 0; strstr(head, "\r\n\r\n") == NULL; head[++have] = 0)
    if (have == sizeof head - 2 || read(connection, head + have, 1) != 1) return;
  char *key = strcasestr(head, "sec-websocket-key:");
  if (key == NULL || sscanf(key + 18, "%64s", joined) != 1) return;
  strcat(joined, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
  SHA1((unsigned char *)joined, strlen(joined), digest);
  EVP_EncodeBlock(accept, digest, sizeof digest);
  dprintf(connection,
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          "Sec-WebSocket-Accept: %s\r\n\r\n", accept);
  struct wslay_event_callbacks callbacks = {take, give, NULL, NULL, NULL, NULL, got};
  wslay_event_context_ptr context;
  wslay_event_context_server_init(&context, &callbacks, &connection);
  struct pollfd readable = {connection, POLLIN};
  while (wslay_event_want_read(context) || wslay_event_want_write(context)) {
    if (wslay_event_want_write(context) ? wslay_event_send(context) : wslay_event_recv(context)) break;
    if (!wslay_event_want_write(context)) poll(&readable, 1, -1);
  }
  wslay_event_context_free(context);
}

int main(int argc, char **argv) {
  struct sockaddr_in address = {AF_INET, htons(atoi(argv[1])), {htonl(INADDR_LOOPBACK)}};
  int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 8)) return 1;
  for (;;) {
    int connection = accept(listener, NULL, NULL);
    if (fork() == 0) {
      serve(connection);
      return 0;
    }
    close(connection);
  }
}
