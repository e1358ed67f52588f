/** Our `serve`, which is asked for HTTP/1.1 and for HTTP/2. */
const BOTH_VERSIONS = {
  http1: { file: "serve" },
  ours: { file: "serve", args: ["http2"], load: "--http2 100" },
};

/**
 * The scenarios of the echo benchmarks. `load` are wsload's arguments; `mark` is the least ratio to ws that we promise on Node, `marks` to the
 * runtime's own server elsewhere; `servers` are those that can, where not all do. With `tls` all speak TLS. `programs` are the servers where others than
 * usual are measured: their files, words to start them with, and arguments for wsload; and `base` is the one in place of ws.
 * @type {Record<string, { title: string, mode: string, load: string, tls?: boolean, quick?: boolean, mark?: number, marks?: { bun?: number, deno?: number },
 * servers?: string[], base?: string, programs?: Record<string, { file: string, args?: string[], load?: string }> }>}
 */
export const scenarios = {
  p1: {
    title: "32 B text, 64 connections, 1 in flight",
    mode: "echo",
    load: "-c 64 -p 1 -s 32 --text",
    quick: true,
    mark: 1.05,
    marks: { deno: 0.9 },
  },
  p16: {
    title: "32 B text, 64 connections, 16 in flight",
    mode: "echo",
    load: "-c 64 -p 16 -s 32 --text",
    quick: true,
    mark: 4,
    marks: { bun: 0.6, deno: 3 },
  },
  "64k": {
    title: "64 KiB binary, 8 connections, 1 in flight",
    mode: "echo",
    load: "-c 8 -p 1 -s 65536 --binary",
    quick: true,
    mark: 2.5,
  },
  "64k-relay": {
    title: "64 KiB binary, relayed",
    mode: "relay",
    load: "-c 8 -p 1 -s 65536 --binary",
  },
  "1m": {
    title: "1 MiB binary, 1 connection",
    mode: "echo",
    load: "-c 1 -p 1 -s 1048576 --binary",
  },
  "1k": {
    title: "1 KiB text, 256 connections, 4 in flight",
    mode: "echo",
    load: "-c 256 -p 4 -s 1024 --text",
  },
  multibyte: {
    title: "4 KiB multibyte text, 64 connections, relayed, 1 in flight",
    mode: "relay",
    load: "-c 64 -p 1 -s 4096 --multibyte",
  },
  "multibyte-p8": {
    title: "4 KiB multibyte text, 64 connections, relayed, 8 in flight",
    mode: "relay",
    load: "-c 64 -p 8 -s 4096 --multibyte",
    mark: 2,
  },
  "broadcast-p1": {
    title: "128 B text to 500 connections, 1 in flight (per delivery)",
    mode: "broadcast",
    load: "--mode broadcast -c 500 -p 1 -s 128 --text",
  },
  "broadcast-p8": {
    title: "128 B text to 500 connections, 8 in flight (per delivery)",
    mode: "broadcast",
    load: "--mode broadcast -c 500 -p 8 -s 128 --text",
    mark: 5,
  },
  "loop-p8": {
    title: "128 B text to 500 connections by a loop of sends, 8 in flight (per delivery)",
    mode: "loop",
    load: "--mode broadcast -c 500 -p 8 -s 128 --text",
  },
  "tls-p16": {
    title: "32 B text over TLS, 64 connections, 16 in flight",
    mode: "echo",
    load: "-c 64 -p 16 -s 32 --text",
    tls: true,
  },
  "tls-64k": {
    title: "64 KiB binary over TLS, 8 connections, 1 in flight",
    mode: "echo",
    load: "-c 8 -p 1 -s 65536 --binary",
    tls: true,
  },
  "tls-broadcast-p8": {
    title: "128 B text over TLS to 500 connections, 8 in flight (per delivery)",
    mode: "broadcast",
    load: "--mode broadcast -c 500 -p 8 -s 128 --text",
    tls: true,
  },
  deflate: {
    title: "1 KiB text, compressed as each negotiates by default, 32 connections, 1 in flight",
    mode: "deflate",
    load: "-c 32 -p 1 -s 1024 --text --deflate-takeover",
    servers: ["ws", "ours", "least"],
  },
  "deflate-alone": {
    title: "1 KiB text, compressed without context takeover, 32 connections, 1 in flight",
    mode: "deflate",
    load: "-c 32 -p 1 -s 1024 --text --deflate",
    servers: ["ws", "ours", "least"],
  },
  takeover: {
    title: "1 KiB text, compressed with context takeover, 32 connections, 1 in flight",
    mode: "takeover",
    load: "-c 32 -p 1 -s 1024 --text --deflate-takeover",
    servers: ["ws", "ours"],
  },
  connect: {
    title: "connect, open, close (per cycle)",
    mode: "echo",
    load: "--mode connect -c 32",
  },
  "http2-p16": {
    title: "32 B text, 100 sockets in one session of HTTP/2, 16 in flight",
    mode: "echo",
    load: "-c 100 -p 16 -s 32 --text",
    base: "http1",
    programs: BOTH_VERSIONS,
  },
};

/** Connections that do nothing, and what each of them takes. `mark` is the most we take, as a share of what ws does. @type {Record<string, any>} */
export const idle = {
  idle: { title: "one message of 32 B on each", mode: "idle", load: "-s 32 --text", mark: 1 },
  "idle-deflate": {
    title: "compression on, one message of 1 KiB each way",
    mode: "deflate",
    load: "-s 1024 --text --deflate-takeover",
    mark: 0.1,
    servers: ["ws", "ours"],
    count: 1000,
  },
  "idle-tls": {
    title: "over TLS, one message of 32 B on each",
    mode: "idle",
    load: "-s 32 --text",
    tls: true,
    servers: ["ws", "ours", "least"],
    count: 2000,
  },
  "idle-http2": {
    title: "in sessions of HTTP/2, 100 in each, one message of 32 B on each",
    mode: "idle",
    load: "-s 32 --text",
    base: "http1",
    programs: BOTH_VERSIONS,
    count: 4000,
  },
  "idle-doors": {
    title: "by each way to make a socket here, one message of 32 B on each",
    mode: "idle",
    load: "-s 32 --text",
    programs: {
      ws: { file: "ws" },
      ours: { file: "ours" },
      serve: { file: "serve" },
      listen: { file: "listen" },
    },
    count: 4000,
  },
};
