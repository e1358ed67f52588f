/*
 * wsload: a small WebSocket load generator for Linux (one thread, epoll).
 *
 *   gcc -O2 -o wsload wsload.c -lm -lz        (add -DNO_ZLIB to build without zlib)
 *
 * It is meant to be far lighter than the server it measures: client frames are
 * encoded and masked once, before the run, and sent in batches; replies are
 * counted by reading frame headers only (contents are compared with --verify).
 *
 * Modes
 *   echo       each of -c connections keeps -p messages in flight
 *   broadcast  connection 0 sends, all -c connections must receive each message;
 *              a message is complete when the last one has it; -p in flight
 *   idle       open -c connections, exchange one message on each, hold them -d s,
 *              report the server's resident memory (needs --pid)
 *   connect    -c workers: connect, handshake, close handshake, again
 *
 * One JSON line goes to stdout, diagnostics to stderr. The load is closed-loop:
 * latencies are round trips seen at saturation, not at a fixed arrival rate.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#ifndef NO_ZLIB
#include <zlib.h>
#endif

/* ---------------------------------------------------------------- options */

enum { ECHO_MODE, BROADCAST, IDLE, CONNECT };

static struct {
  const char *host, *path, *mode_name;
  int port, conns, depth, text, multibyte, verify, deflate, takeover, mode;
  int sources, opening, pid, gc_signal;
  size_t size;
  double secs, warm, connect_limit;
} opt = { .host = "127.0.0.1", .path = "/", .mode_name = "echo", .port = 9001, .conns = 1,
          .depth = 1, .sources = 1, .opening = 128, .size = 32, .secs = 3, .warm = 0.5,
          .connect_limit = 30 };

/* ------------------------------------------------------------------ tools */

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void die(const char *what) {
  fprintf(stderr, "wsload: %s\n", what);
  exit(1);
}

static void *must(void *p) {
  if (!p) die("out of memory");
  return p;
}

static uint64_t rng_state = 0x9e3779b97f4a7c15u;
static uint32_t rnd(void) { /* xorshift64*: speed and repeatability, not secrecy */
  rng_state ^= rng_state >> 12;
  rng_state ^= rng_state << 25;
  rng_state ^= rng_state >> 27;
  return (uint32_t)((rng_state * 2685821657736338717u) >> 32);
}

static void base64(const uint8_t *in, int n, char *out) {
  static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (int i = 0; i < n; i += 3) {
    uint32_t v = in[i] << 16 | (i + 1 < n ? in[i + 1] : 0) << 8 | (i + 2 < n ? in[i + 2] : 0);
    *out++ = abc[v >> 18 & 63];
    *out++ = abc[v >> 12 & 63];
    *out++ = i + 1 < n ? abc[v >> 6 & 63] : '=';
    *out++ = i + 2 < n ? abc[v & 63] : '=';
  }
  *out = 0;
}

/* SHA-1 of a message of at most 119 bytes (two blocks): enough for the accept key. */
static void sha1_short(const char *msg, uint8_t out[20]) {
  uint8_t block[128] = { 0 };
  size_t n = strlen(msg), total = n + 9 <= 64 ? 64 : 128;
  uint32_t h[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 }, w[80];
  memcpy(block, msg, n);
  block[n] = 0x80;
  block[total - 2] = (uint8_t)(n * 8 >> 8);
  block[total - 1] = (uint8_t)(n * 8);
  for (size_t at = 0; at < total; at += 64) {
    for (int i = 0; i < 16; i++) {
      const uint8_t *b = block + at + 4 * i;
      w[i] = (uint32_t)b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3];
    }
    for (int i = 16; i < 80; i++) {
      uint32_t x = w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16];
      w[i] = x << 1 | x >> 31;
    }
    uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (int i = 0; i < 80; i++) {
      uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 ? b ^ c ^ d
                 : i < 60 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
      uint32_t k = i < 20 ? 0x5a827999 : i < 40 ? 0x6ed9eba1 : i < 60 ? 0x8f1bbcdc : 0xca62c1d6;
      uint32_t t = (a << 5 | a >> 27) + f + e + k + w[i];
      e = d, d = c, c = b << 30 | b >> 2, b = a, a = t;
    }
    h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
  }
  for (int i = 0; i < 20; i++) out[i] = (uint8_t)(h[i / 4] >> (24 - 8 * (i % 4)));
}

/* -------------------------------------------------- latency (log histogram) */

#define SUB 64 /* sub-buckets per power of two: error below 1.6 % */
static uint64_t hist[64 * SUB], hist_n, hist_max;

static void hist_add(uint64_t ns) {
  int e = 63 - __builtin_clzll(ns | SUB);
  unsigned i = (unsigned)(e - 6) * SUB + (unsigned)(ns >> (e - 6));
  hist[i]++, hist_n++;
  if (ns > hist_max) hist_max = ns;
}

static double hist_us(double q) {
  uint64_t want = (uint64_t)ceil(q * (double)hist_n), seen = 0;
  for (unsigned i = 0; i < 64 * SUB; i++) {
    if ((seen += hist[i]) >= want && want) {
      int shift = i < 2 * SUB ? 0 : (int)(i / SUB) - 1;
      uint64_t base = i < 2 * SUB ? i : (uint64_t)(i % SUB + SUB) << shift;
      return (double)(base + ((1u << shift) >> 1)) / 1000.0;
    }
  }
  return 0;
}

/* ---------------------------------------------------- payloads and frames */

static int variants;           /* how many different messages are pre-encoded */
static uint8_t **plain;        /* their contents */
static uint8_t *wire;          /* all the frames, twice over so that a batch never wraps */
static size_t wire_len, *flen; /* bytes in one copy; length of each frame */
static int same_len;

static void fill_json(uint8_t *p, size_t n) {
  static const char *words[] = { "alpha", "bravo", "update", "price", "order", "session",
                                 "status", "active", "pending", "user", "value", "message" };
  size_t at = 0;
  while (at < n) {
    char item[160];
    int m = snprintf(item, sizeof item,
                     "{\"id\":%u,\"type\":\"%s\",\"name\":\"%s-%u\",\"ts\":17%08u,\"price\":%u.%02u,\"ok\":%s},",
                     rnd() % 1000000, words[rnd() % 12], words[rnd() % 12], rnd() % 1000,
                     rnd() % 100000000, rnd() % 10000, rnd() % 100, rnd() & 1 ? "true" : "false");
    size_t take = (size_t)m < n - at ? (size_t)m : n - at;
    memcpy(p + at, item, take);
    at += take;
  }
}

static void fill_multibyte(uint8_t *p, size_t n) {
  static const char *chars[] = { "\xc3\xa9", "\xd0\xb6", "\xe2\x82\xac", "\xe6\xbc\xa2", "\xf0\x9f\x98\x80", "a" };
  size_t at = 0;
  while (at < n) {
    const char *c = chars[rnd() % 6];
    if (strlen(c) > n - at) c = "z";
    memcpy(p + at, c, strlen(c));
    at += strlen(c);
  }
}

/* What the client offered was accepted or not only after the first handshake, so the
 * frames are encoded then. */
static int compressed = -1;

static void encode_frames(int use_deflate) {
  compressed = use_deflate;
  size_t per = opt.size + 14;
  variants = per > 262144 / 2 ? 1 : (int)(262144 / per);
  if (variants > 64) variants = 64;
  plain = must(calloc((size_t)variants, sizeof *plain));
  flen = must(calloc((size_t)variants, sizeof *flen));
  wire = must(malloc(2 * (size_t)variants * (opt.size + opt.size / 8 + 64)));
  same_len = 1;
  for (int v = 0; v < variants; v++) {
    uint8_t *body = plain[v] = must(malloc(opt.size + 1)), *packed = NULL;
    size_t n = opt.size;
    if (!opt.text) for (size_t i = 0; i < n; i++) body[i] = (uint8_t)rnd();
    else if (opt.multibyte) fill_multibyte(body, n);
    else fill_json(body, n);
#ifndef NO_ZLIB
    if (use_deflate) {
      z_stream z = { 0 };
      if (deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK) die("deflateInit2");
      size_t cap = n + n / 8 + 64;
      packed = must(malloc(cap));
      z.next_in = body, z.avail_in = (uInt)n, z.next_out = packed, z.avail_out = (uInt)cap;
      deflate(&z, Z_SYNC_FLUSH);
      n = cap - z.avail_out - 4; /* less the 00 00 ff ff that the extension drops */
      deflateEnd(&z);
      body = packed;
    }
#endif
    uint8_t *f = wire + wire_len, key[4];
    size_t h = 2;
    f[0] = (uint8_t)(0x80 | (use_deflate ? 0x40 : 0) | (opt.text ? 1 : 2));
    if (n < 126) f[1] = (uint8_t)(0x80 | n);
    else if (n < 65536) f[1] = 0x80 | 126, f[2] = (uint8_t)(n >> 8), f[3] = (uint8_t)n, h = 4;
    else {
      f[1] = 0x80 | 127, h = 10;
      for (int i = 0; i < 8; i++) f[2 + i] = (uint8_t)((uint64_t)n >> (56 - 8 * i));
    }
    for (int i = 0; i < 4; i++) f[h++] = key[i] = (uint8_t)(1 + rnd() % 255);
    for (size_t i = 0; i < n; i++) f[h + i] = body[i] ^ key[i & 3];
    flen[v] = h + n;
    if (flen[v] != flen[0]) same_len = 0;
    wire_len += flen[v];
    free(packed);
  }
  memcpy(wire + wire_len, wire, wire_len);
}

/* ------------------------------------------------------------ connections */

enum { DEAD, CONNECTING, HANDSHAKE, OPEN, CLOSING };

struct conn {
  int fd, idx, out_armed;
  uint8_t state, hdr[10], hlen, op, fin, rsv1, in_msg, in_frame;
  /* sending: pending bytes of `wire` from tx_pos; tx_next is the next frame to queue */
  size_t tx_pos, tx_pending;
  int tx_next;
  /* receiving */
  uint64_t left, frame_len, msg_len, seq;
  uint64_t *ts; /* when each message in flight was sent (a ring of depth) */
  uint32_t ts_at, ts_n;
  uint64_t began;
  char *head; /* handshake response; freed when open */
  int head_n;
  char accept[32];
#ifndef NO_ZLIB
  z_stream *z;
  uint8_t *zin;
  size_t zin_n, zin_cap;
#endif
};

static struct conn *conns;
static int ep, n_open, n_opening, next_conn;
static uint64_t msgs, errors, cycles, pings, reads_n, writes_n, wire_in;
static int measuring;
static uint32_t *slot_count; /* broadcast: receivers so far, by message slot */
static uint64_t *slot_ts, touched;
static uint8_t *rbuf;
#define RBUF (512 * 1024)

static void fail(struct conn *c, const char *why) {
  if (errors++ < 5) fprintf(stderr, "wsload: connection %d: %s\n", c->idx, why);
  if (c->state == OPEN || c->state == CLOSING) n_open--;
  else if (c->state == CONNECTING || c->state == HANDSHAKE) n_opening--;
  c->state = DEAD;
  close(c->fd);
  free(c->head);
  c->head = NULL;
}

static void arm(struct conn *c, int out) {
  if (c->out_armed == out) return;
  struct epoll_event e = { .events = EPOLLIN | (out ? EPOLLOUT : 0), .data.ptr = c };
  epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
  c->out_armed = out;
}

static void flush_out(struct conn *c) {
  while (c->tx_pending) {
    size_t n = 2 * wire_len - c->tx_pos;
    if (n > c->tx_pending) n = c->tx_pending;
    ssize_t w = send(c->fd, wire + c->tx_pos, n, MSG_NOSIGNAL);
    writes_n++;
    if (w < 0) {
      if (errno == EAGAIN) break;
      fail(c, strerror(errno));
      return;
    }
    c->tx_pos = (c->tx_pos + (size_t)w) % wire_len;
    c->tx_pending -= (size_t)w;
  }
  arm(c, c->tx_pending > 0);
}

static void queue_msgs(struct conn *c, int k, uint64_t t) {
  for (int i = 0; i < k; i++) {
    if (same_len) c->tx_pending += flen[0];
    else c->tx_pending += flen[(c->tx_next + i) % variants];
    if (opt.mode != BROADCAST) {
      c->ts[(c->ts_at + c->ts_n) % (uint32_t)opt.depth] = t;
      c->ts_n++;
    }
  }
  c->tx_next = (c->tx_next + k) % variants;
}

static void open_conn(struct conn *c) {
  struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)opt.port) };
  int one = 1;
  inet_pton(AF_INET, opt.host, &a.sin_addr);
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (c->fd < 0) die("socket: too many open files? raise ulimit -n");
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (opt.sources > 1) { /* spread over 127.0.0.1, 127.0.0.2 ... so that ports do not run out */
    struct sockaddr_in s = { .sin_family = AF_INET };
    s.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)(c->idx % opt.sources));
    setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    bind(c->fd, (struct sockaddr *)&s, sizeof s);
  }
  c->state = CONNECTING;
  c->began = now_ns();
  c->hlen = 0, c->in_frame = c->in_msg = 0, c->tx_pending = 0, c->head_n = 0;
  n_opening++;
  struct epoll_event e = { .events = EPOLLIN | EPOLLOUT, .data.ptr = c };
  c->out_armed = 1;
  epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &e);
  if (connect(c->fd, (struct sockaddr *)&a, sizeof a) && errno != EINPROGRESS) fail(c, strerror(errno));
}

static void send_handshake(struct conn *c) {
  uint8_t raw[16], sum[20];
  char key[32], cat[80], req[1024];
  int err = 0;
  socklen_t el = sizeof err;
  getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &el);
  if (err) { fail(c, strerror(err)); return; }
  for (int i = 0; i < 16; i++) raw[i] = (uint8_t)rnd();
  base64(raw, 16, key);
  snprintf(cat, sizeof cat, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
  sha1_short(cat, sum);
  base64(sum, 20, c->accept);
  int n = snprintf(req, sizeof req,
    "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n%s\r\n", opt.path, opt.host, opt.port, key,
    !opt.deflate ? "" : opt.takeover ? "Sec-WebSocket-Extensions: permessage-deflate\r\n"
    : "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; server_no_context_takeover\r\n");
  if (send(c->fd, req, (size_t)n, MSG_NOSIGNAL) != n) { fail(c, "handshake not sent"); return; }
  c->head = must(malloc(4096));
  c->state = HANDSHAKE;
  arm(c, 0);
}

static void finish_cycle(struct conn *c, uint64_t t) { /* connect mode: one more done, start again */
  struct linger l = { 1, 0 };
  if (measuring) cycles++, hist_add(t - c->began);
  setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
  close(c->fd);
  n_open--;
  open_conn(c);
}

static void message_done(struct conn *c, uint64_t t) {
  if (opt.mode == BROADCAST) {
    int slot = (int)(c->seq % (uint64_t)opt.depth);
    if (measuring) msgs++;
    if (++slot_count[slot] == (uint32_t)opt.conns) {
      if (measuring) hist_add(t - slot_ts[slot]), cycles++;
      slot_count[slot] = 0;
      slot_ts[slot] = t;
      queue_msgs(&conns[0], 1, t);
      if (conns[0].state == OPEN) flush_out(&conns[0]);
    }
  } else {
    if (measuring) msgs++, hist_add(t - c->ts[c->ts_at]);
    c->ts_at = (c->ts_at + 1) % (uint32_t)opt.depth;
    c->ts_n--;
    touched++;
  }
  c->seq++;
}

#ifndef NO_ZLIB
static int inflated_equals(struct conn *c, const uint8_t *want) {
  static uint8_t *out;
  if (!out) out = must(malloc(opt.size + 1));
  static const uint8_t tail[4] = { 0, 0, 0xff, 0xff };
  if (!c->z) {
    c->z = must(calloc(1, sizeof *c->z));
    if (inflateInit2(c->z, -15) != Z_OK) die("inflateInit2");
  } else if (!opt.takeover) inflateReset(c->z);
  memcpy(c->zin + c->zin_n, tail, 4);
  c->z->next_in = c->zin, c->z->avail_in = (uInt)c->zin_n + 4;
  c->z->next_out = out, c->z->avail_out = (uInt)opt.size + 1;
  int r = inflate(c->z, Z_SYNC_FLUSH);
  c->zin_n = 0;
  return (r == Z_OK || r == Z_BUF_ERROR) && c->z->avail_out == 1 && !memcmp(out, want, opt.size);
}
#endif

/* Reads frames from p[0..n); returns how many whole messages ended in it, -1 if c died. */
static int parse(struct conn *c, const uint8_t *p, size_t n, uint64_t t) {
  int whole = 0;
  while (n || (c->in_frame && !c->left)) {
    if (!c->in_frame) {
      const uint8_t *h;
      size_t need, used;
      if (c->hlen == 0 && n >= 10) h = p, used = 0; /* header in one piece: read in place */
      else {
        while (n && c->hlen < 2) c->hdr[c->hlen++] = *p++, n--;
        if (c->hlen < 2) break;
        need = (c->hdr[1] & 127) < 126 ? 2 : (c->hdr[1] & 127) == 126 ? 4 : 10;
        while (n && c->hlen < need) c->hdr[c->hlen++] = *p++, n--;
        if (c->hlen < need) break;
        h = c->hdr, used = need;
      }
      unsigned len7 = h[1] & 127;
      need = len7 < 126 ? 2 : len7 == 126 ? 4 : 10;
      c->frame_len = len7;
      if (len7 == 126) c->frame_len = (uint64_t)h[2] << 8 | h[3];
      else if (len7 == 127) {
        c->frame_len = 0;
        for (int i = 2; i < 10; i++) c->frame_len = c->frame_len << 8 | h[i];
      }
      if (h[1] & 128) { fail(c, "server frame is masked"); return -1; }
      c->fin = h[0] >> 7, c->rsv1 = h[0] >> 6 & 1;
      unsigned op = h[0] & 15;
      if (!used) p += need, n -= need;
      c->hlen = 0;
      c->left = c->frame_len;
      c->in_frame = 1;
      if (op < 8) {
        if (!c->in_msg) {
          if (op != (opt.text ? 1u : 2u)) { fail(c, "wrong opcode in reply"); return -1; }
          c->in_msg = (uint8_t)(1 + (c->rsv1 ? 1 : 0)); /* 2: this message is compressed */
          c->msg_len = 0;
        } else if (op) { fail(c, "continuation expected"); return -1; }
        c->op = 0;
      } else c->op = (uint8_t)op;
    }
    size_t take = c->left < n ? (size_t)c->left : n;
    if (c->op == 0) {
      if (opt.verify && take) {
        const uint8_t *want = plain[c->seq % (uint64_t)variants];
        if (c->in_msg == 1) {
          if (c->msg_len + take > opt.size || memcmp(p, want + c->msg_len, take)) {
            fail(c, "content differs");
            return -1;
          }
        }
#ifndef NO_ZLIB
        else {
          if (c->zin_n + take + 4 > c->zin_cap) c->zin = must(realloc(c->zin, c->zin_cap = 2 * (c->zin_n + take) + 64));
          memcpy(c->zin + c->zin_n, p, take);
          c->zin_n += take;
        }
#endif
      }
      c->msg_len += take;
    }
    p += take, n -= take, c->left -= take;
    if (c->left) break;
    c->in_frame = 0;
    if (c->op == 8) {
      if (c->state == CLOSING) { finish_cycle(c, t); return -1; }
      fail(c, "server closed");
      return -1;
    }
    if (c->op) { pings++; c->op = 0; continue; }
    if (!c->fin) continue;
    if (c->in_msg == 1 && c->msg_len != opt.size) { fail(c, "wrong length"); return -1; }
#ifndef NO_ZLIB
    if (c->in_msg == 2 && opt.verify && !inflated_equals(c, plain[c->seq % (uint64_t)variants])) {
      fail(c, "content differs after inflate");
      return -1;
    }
#endif
    c->in_msg = 0;
    if (opt.mode != BROADCAST && !c->ts_n) { fail(c, "reply without a request"); return -1; }
    message_done(c, t);
    whole++;
  }
  return whole;
}

static int running; /* the load is on: replies are answered with new messages */

static void on_data(struct conn *c, const uint8_t *p, size_t n, uint64_t t) {
  int k = parse(c, p, n, t);
  if (k > 0 && running && opt.mode == ECHO_MODE) {
    queue_msgs(c, k, t);
    flush_out(c);
  }
}

static void handshake_data(struct conn *c, uint64_t t) {
  ssize_t r = recv(c->fd, c->head + c->head_n, (size_t)(4095 - c->head_n), 0);
  if (r < 0 && errno == EAGAIN) return;
  if (r <= 0) { fail(c, "closed in the handshake"); return; }
  c->head_n += (int)r;
  c->head[c->head_n] = 0;
  char *end = memmem(c->head, (size_t)c->head_n, "\r\n\r\n", 4);
  if (!end) { if (c->head_n == 4095) fail(c, "response head too long"); return; }
  *end = 0;
  if (strncmp(c->head, "HTTP/1.1 101", 12)) { fail(c, c->head); return; }
  if (!strstr(c->head, c->accept)) { fail(c, "wrong accept key"); return; }
  int ext = strstr(c->head, "permessage-deflate") != NULL;
  if (ext && !opt.deflate) { fail(c, "extension not offered"); return; }
  if (compressed < 0) encode_frames(ext);
  if (compressed != ext) { fail(c, "extension accepted on some connections only"); return; }
  c->state = OPEN;
  n_opening--, n_open++;
  size_t rest = (size_t)(c->head_n - (end + 4 - c->head));
  if (opt.mode == CONNECT) {
    static const uint8_t bye[8] = { 0x88, 0x82, 1, 2, 3, 4, 0x03 ^ 1, 0xe8 ^ 2 }; /* 1000 */
    c->state = CLOSING;
    if (send(c->fd, bye, 8, MSG_NOSIGNAL) != 8) { fail(c, "close not sent"); return; }
  } else if (opt.mode == IDLE) {
    queue_msgs(c, 1, t);
    flush_out(c);
  }
  if (rest) on_data(c, (uint8_t *)end + 4, rest, t);
  free(c->head);
  c->head = NULL;
}

static void step(int wait_ms) {
  static struct epoll_event ev[512];
  int n = epoll_wait(ep, ev, 512, wait_ms);
  for (int i = 0; i < n; i++) {
    struct conn *c = ev[i].data.ptr;
    if (c->state == DEAD) continue;
    if (c->state == CONNECTING) { send_handshake(c); continue; }
    if (c->state == HANDSHAKE) { handshake_data(c, now_ns()); continue; }
    if (ev[i].events & EPOLLOUT) flush_out(c);
    if (c->state == DEAD || !(ev[i].events & ~(uint32_t)EPOLLOUT)) continue;
    ssize_t r = recv(c->fd, rbuf, RBUF, 0);
    reads_n++;
    if (r > 0) { wire_in += (uint64_t)r; on_data(c, rbuf, (size_t)r, now_ns()); }
    else if (r == 0 || errno != EAGAIN) {
      if (c->state == CLOSING) finish_cycle(c, now_ns());
      else fail(c, r ? strerror(errno) : "server closed the socket");
    }
  }
}

/* ---------------------------------------------------- what the server uses */

static long rss_kb(void) {
  char path[64], line[256];
  long kb = -1;
  if (!opt.pid) return -1;
  snprintf(path, sizeof path, "/proc/%d/status", opt.pid);
  FILE *f = fopen(path, "r");
  if (!f) return -1;
  while (fgets(line, sizeof line, f)) if (sscanf(line, "VmRSS: %ld", &kb) == 1) break;
  fclose(f);
  return kb;
}

/* CPU seconds: the total is exact (scheduler time), its split by user and kernel is sampled. */
static void server_cpu(double *user, double *sys) {
  char path[64], buf[1024];
  unsigned long u = 0, s = 0;
  *user = *sys = 0;
  if (!opt.pid) return;
  clockid_t clock;
  struct timespec total = { 0, 0 };
  if (!clock_getcpuclockid(opt.pid, &clock)) clock_gettime(clock, &total);
  snprintf(path, sizeof path, "/proc/%d/stat", opt.pid);
  FILE *f = fopen(path, "r");
  if (!f) return;
  size_t n = fread(buf, 1, sizeof buf - 1, f);
  fclose(f);
  buf[n] = 0;
  char *p = strrchr(buf, ')');
  if (p && sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &u, &s) == 2) {
    double all = (double)total.tv_sec + (double)total.tv_nsec / 1e9;
    *sys = u + s ? all * (double)s / (double)(u + s) : 0;
    *user = all - *sys;
  }
}

static double own_cpu(void) {
  struct rusage r;
  getrusage(RUSAGE_SELF, &r);
  return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) + (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

/* -------------------------------------------------------------------- main */

static void usage(void) {
  fputs("usage: wsload --port N [--host 127.0.0.1] [--path /] [-c connections] [-p in flight]\n"
        "  [-s payload bytes] [--text|--binary|--multibyte] [-d seconds] [-w warm-up seconds]\n"
        "  [--mode echo|broadcast|idle|connect] [--verify]\n"
        "  [--deflate]          offer permessage-deflate without context takeover\n"
        "  [--deflate-takeover] offer it with context takeover\n"
        "  [--pid N]            also report that process's CPU time and memory\n"
        "  [--gc-signal]        idle: send it SIGUSR2 (collect garbage) before the last reading\n"
        "  [--sources N]        connect from 127.0.0.1 ... 127.0.0.N\n"
        "  [--opening N]        connections being opened at once (128)\n"
        "  [--open-limit S]     seconds for opening them all (30)\n", stderr);
  exit(2);
}

static void options(int argc, char **argv) {
  enum { HOST = 256, PORT, PATH, TEXT, BINARY, MULTI, MODE, DEFL, TAKE, VERIFY, PID, GCSIG, SOURCES, OPENING, LIMIT };
  static const struct option longs[] = {
    { "host", 1, 0, HOST }, { "port", 1, 0, PORT }, { "path", 1, 0, PATH }, { "text", 0, 0, TEXT },
    { "binary", 0, 0, BINARY }, { "multibyte", 0, 0, MULTI }, { "mode", 1, 0, MODE },
    { "deflate", 0, 0, DEFL }, { "deflate-takeover", 0, 0, TAKE }, { "verify", 0, 0, VERIFY },
    { "pid", 1, 0, PID }, { "gc-signal", 0, 0, GCSIG }, { "sources", 1, 0, SOURCES },
    { "opening", 1, 0, OPENING }, { "open-limit", 1, 0, LIMIT }, { 0 } };
  int o;
  while ((o = getopt_long(argc, argv, "c:p:s:d:w:", longs, NULL)) != -1) switch (o) {
    case 'c': opt.conns = atoi(optarg); break;
    case 'p': opt.depth = atoi(optarg); break;
    case 's': opt.size = (size_t)atol(optarg); break;
    case 'd': opt.secs = atof(optarg); break;
    case 'w': opt.warm = atof(optarg); break;
    case HOST: opt.host = optarg; break;
    case PORT: opt.port = atoi(optarg); break;
    case PATH: opt.path = optarg; break;
    case TEXT: opt.text = 1; break;
    case BINARY: opt.text = opt.multibyte = 0; break;
    case MULTI: opt.text = opt.multibyte = 1; break;
    case MODE: opt.mode_name = optarg; break;
    case TAKE: opt.takeover = 1; /* falls through */
    case DEFL: opt.deflate = 1; break;
    case VERIFY: opt.verify = 1; break;
    case PID: opt.pid = atoi(optarg); break;
    case GCSIG: opt.gc_signal = 1; break;
    case SOURCES: opt.sources = atoi(optarg); break;
    case OPENING: opt.opening = atoi(optarg); break;
    case LIMIT: opt.connect_limit = atof(optarg); break;
    default: usage();
  }
  static const char *names[] = { "echo", "broadcast", "idle", "connect" };
  for (opt.mode = 0; opt.mode < 4 && strcmp(names[opt.mode], opt.mode_name); opt.mode++) {}
  if (opt.mode == 4 || optind < argc || opt.conns < 1 || opt.depth < 1 || opt.opening < 1) usage();
  if (opt.mode == IDLE) opt.depth = 1;
#ifdef NO_ZLIB
  if (opt.deflate) die("built without zlib");
#endif
}

int main(int argc, char **argv) {
  options(argc, argv);
  struct rlimit rl;
  getrlimit(RLIMIT_NOFILE, &rl);
  rl.rlim_cur = rl.rlim_max;
  setrlimit(RLIMIT_NOFILE, &rl);
  alarm((unsigned)(opt.secs + opt.warm + opt.connect_limit + 60)); /* never outlive the plan */

  ep = epoll_create1(0);
  rbuf = must(malloc(RBUF));
  conns = must(calloc((size_t)opt.conns, sizeof *conns));
  for (int i = 0; i < opt.conns; i++) {
    conns[i].idx = i;
    conns[i].ts = must(calloc((size_t)opt.depth, sizeof(uint64_t)));
  }
  slot_count = must(calloc((size_t)opt.depth, sizeof *slot_count));
  slot_ts = must(calloc((size_t)opt.depth, sizeof *slot_ts));
  if (!opt.deflate) encode_frames(0);

  long rss0 = rss_kb(), rss1 = -1, rss2 = -1;
  uint64_t t_open = now_ns(), limit = t_open + (uint64_t)(opt.connect_limit * 1e9);
  int target = opt.mode == CONNECT ? 0 : opt.conns; /* connect mode starts its workers below */
  while (next_conn < target || n_opening) {
    while (next_conn < target && n_opening < opt.opening) open_conn(&conns[next_conn++]);
    step(100);
    if (now_ns() > limit) die("connections not open in time");
    if (errors > 100) die("too many failures while opening");
  }
  double open_secs = (double)(now_ns() - t_open) / 1e9;
  int opened = n_open;
  if (opt.mode != CONNECT && !n_open) die("no connection");

  uint64_t t = now_ns();
  running = 1;
  if (opt.mode == ECHO_MODE) {
    for (int i = 0; i < opt.conns; i++) if (conns[i].state == OPEN) {
      queue_msgs(&conns[i], opt.depth, now_ns());
      flush_out(&conns[i]);
    }
  } else if (opt.mode == BROADCAST) {
    for (int i = 0; i < opt.depth; i++) slot_ts[i] = t;
    queue_msgs(&conns[0], opt.depth, t);
    flush_out(&conns[0]);
  } else if (opt.mode == CONNECT) {
    for (int i = 0; i < opt.conns; i++) open_conn(&conns[i]);
  } else {
    opt.warm = 0;
    uint64_t until = now_ns() + 10000000000u;
    while (touched < (uint64_t)opened && now_ns() < until) step(50);
    if (touched < (uint64_t)opened) errors += (uint64_t)opened - touched;
  }

  double u0, s0, u1, s1, c0, c1; /* CPU seconds: server's user and kernel, our own */
  uint64_t until = now_ns() + (uint64_t)(opt.warm * 1e9);
  while (now_ns() < until) step(20);
  measuring = opt.mode != IDLE;
  reads_n = writes_n = wire_in = 0;
  server_cpu(&u0, &s0);
  c0 = own_cpu();
  uint64_t start = now_ns();
  until = start + (uint64_t)(opt.secs * 1e9);
  while (now_ns() < until) step(20);
  double secs = (double)(now_ns() - start) / 1e9;
  measuring = 0;
  c1 = own_cpu();
  server_cpu(&u1, &s1);
  rss1 = rss_kb();
  if (opt.gc_signal && opt.pid && opt.mode == IDLE) {
    for (int i = 0; i < 2; i++) {
      kill(opt.pid, SIGUSR2);
      until = now_ns() + 1000000000u;
      while (now_ns() < until) step(20);
    }
    rss2 = rss_kb();
  }

  uint64_t counted = opt.mode == CONNECT ? cycles : msgs;
  double per_s = (double)counted / secs, cpu = u1 - u0 + s1 - s0;
  printf("{\"mode\":\"%s\",\"c\":%d,\"p\":%d,\"s\":%zu,\"type\":\"%s\",\"deflate\":%s,\"secs\":%.3f,"
         "\"msgs\":%llu,\"msgs_s\":%.1f,\"mb_s\":%.2f,\"p50\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f,"
         "\"errors\":%llu,\"opened\":%d,\"open_s\":%.3f,\"wire_in_per_msg\":%.1f,\"msgs_per_read\":%.2f,\"load_cpu\":%.3f",
         opt.mode_name, opt.conns, opt.depth, opt.size, opt.text ? "text" : "binary",
         compressed > 0 ? "true" : "false", secs, (unsigned long long)counted, per_s,
         opt.mode == CONNECT ? 0.0 : per_s * (double)opt.size / 1e6, hist_us(0.5), hist_us(0.99), hist_us(0.999),
         (double)hist_max / 1000, (unsigned long long)errors, opened, open_secs,
         counted ? (double)wire_in / (double)counted : 0.0,
         reads_n ? (double)counted / (double)reads_n : 0.0, (c1 - c0) / secs);
  if (opt.mode == BROADCAST) printf(",\"broadcasts_s\":%.1f", (double)cycles / secs);
  if (opt.pid) {
    printf(",\"srv_cpu\":%.3f,\"per_cpu_s\":%.1f,\"srv_us\":%.3f,\"srv_user_us\":%.3f,\"srv_sys_us\":%.3f,\"rss_kb\":%ld,\"rss_before_kb\":%ld",
           cpu / secs, cpu > 0 ? (double)counted / cpu : 0.0, counted ? cpu * 1e6 / (double)counted : 0.0, counted ? (u1 - u0) * 1e6 / (double)counted : 0.0,
           counted ? (s1 - s0) * 1e6 / (double)counted : 0.0, rss1, rss0);
    if (rss2 >= 0) printf(",\"rss_gc_kb\":%ld", rss2);
    if (opt.mode == IDLE && opened)
      printf(",\"kb_per_conn\":%.2f,\"kb_per_conn_gc\":%.2f", (double)(rss1 - rss0) / opened,
             rss2 >= 0 ? (double)(rss2 - rss0) / opened : -1.0);
  }
  puts("}");
  return errors ? 3 : 0;
}
