import { Diagram } from "./diagram.js";
import { addRow } from "./frames.js";
import { Stream } from "./stream.js";

const BIG = 1024 * 1024;
const MOST_MESSAGES = 200;
/** How long the server's side may take to notice that a connection has ended, in milliseconds. */
const NOTICE_WITHIN = 700;
const $ = (id) => document.getElementById(id);
const address = (path) =>
  `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`;

let lifecycle;
let session;
let room; // the connection one looks at
let ended; // how its connection ended, until the diagram shows it
let reported; // the last state that the server reported
let shown; // the state the diagram shows
let began = 0; // when the connection began
let hadFocus = false; // whether a control that is disabled now had the focus
const diagram = new Diagram($("diagram"), showState);

// The observer channel: what the server sees of the other connection.

const observer = new WebSocket(address("/observer"));
observer.onmessage = ({ data }) => JSON.parse(data).forEach(take);
observer.onclose = () => {
  notice("The demo server has stopped. Start it again, then reload this page.");
  stream.stop();
  if (ended !== undefined) concludeClosed();
};

const takers = {
  session(event) {
    ({ id: session, lifecycle } = event);
    diagram.setChart(lifecycle);
    connect();
    stream.start(session);
    $("viewer-link").href = `/viewer/${session}/`;
  },
  connection(event) {
    diagram.reset();
    [shown, reported, began] = [undefined, undefined, performance.now()];
    $("trail").replaceChildren();
    addRow($("frames"), event);
  },
  state({ path, at }) {
    reported = path;
    diagram.enter(path, at);
  },
  refused: ({ message }) => notice(message),
};

function take(event) {
  const taker = takers[event.type];
  if (taker !== undefined) taker(event);
  else addRow($("frames"), event);
}

const tell = (command) => {
  if (observer.readyState === WebSocket.OPEN) observer.send(JSON.stringify(command));
};
const stream = new Stream($, () => tell({ name: "cut" }));

// The connection in the room.

function connect() {
  notice("");
  room = new WebSocket(address(`/room?session=${session}`));
  room.binaryType = "arraybuffer";
  room.onopen = enable;
  room.onmessage = ({ data }) =>
    say("theirs", typeof data === "string" ? data : describe(new Uint8Array(data)));
  room.onclose = (event) => {
    ended = event;
    if (observer.readyState !== WebSocket.OPEN) return concludeClosed();
    sayClosed();
    // The browser has lost the connection, and the server may not know.
    setTimeout(() => ended === event && tell({ name: "terminate" }), NOTICE_WITHIN);
    setTimeout(() => ended === event && concludeClosed(), 2 * NOTICE_WITHIN);
  };
  enable();
}

/** Says how the connection ended once the diagram shows that it has: the two never contradict each other. */
function sayClosed() {
  if (ended === undefined || shown !== "closed") return;
  const { code, reason, wasClean } = ended;
  ended = undefined;
  say(
    "event",
    `Closed: ${code}${reason ? ` “${reason}”` : ""}, ${wasClean ? "cleanly" : "without a closing handshake"}.`,
  );
  enable();
}

/** Nobody tells the state of the server's side any more: its connection has ended with the browser's. */
function concludeClosed() {
  if (reported === "closed") return sayClosed();
  reported = "closed";
  diagram.enter("closed", performance.now() - began);
}

/** Only what can be done now can be pressed. The focus goes on from what cannot. */
function enable() {
  const open = room?.readyState === WebSocket.OPEN;
  const again = $("connect");
  const controls = [...document.querySelectorAll(".talk button, .talk input")];
  if (again.matches(":focus-visible") || (!open && controls.includes(document.activeElement)))
    hadFocus = true;
  for (const control of controls) control.disabled = !open;
  again.hidden =
    room?.readyState !== WebSocket.CLOSED ||
    ended !== undefined ||
    observer.readyState !== WebSocket.OPEN;
  again.disabled = false;
  const next = open ? $("text") : again;
  if (!hadFocus || next.hidden) return;
  hadFocus = false;
  const isElsewhere = ![document.body, again, ...controls].includes(document.activeElement);
  if (!isElsewhere) next.focus();
}

function describe(bytes) {
  const first = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join(
    " ",
  );
  return `${bytes.length.toLocaleString("en")} bytes: ${first}${bytes.length > 8 ? " …" : ""}`;
}

function say(kind, text) {
  const line = document.createElement("p");
  line.className = kind;
  line.textContent =
    text.length > 300
      ? `${text.slice(0, 300)}… (${text.length.toLocaleString("en")} characters)`
      : text;
  const log = $("messages");
  log.append(line);
  if (log.childElementCount > MOST_MESSAGES) log.firstElementChild.remove();
  log.scrollTop = log.scrollHeight;
}

const notice = (text) => {
  $("notice").textContent = text;
};

// The lifecycle.

function showState(path, at) {
  const from = shown;
  shown = path;
  const phase = path.split(".")[1] ?? path;
  document.body.dataset.phase = phase;
  $("state").textContent = path;
  const step = document.createElement("li");
  const when = document.createElement("time");
  when.textContent = `${at.toFixed(1)} ms `;
  step.append(when, shortName(path));
  step.title = between(from, path);
  $("trail").append(step);
  showWays(path);
  sayClosed();
}

const shortName = (path) => path.split(".").at(-1);

/** The events that may have led from one state to the other. */
const between = (from, to) =>
  lifecycle.transitions
    .filter((one) => one.from === from && one.to === to)
    .map(({ event }) => event)
    .join(" or ");

/** Where the connection can go from here. */
function showWays(path) {
  const ways = new Map();
  for (const { from, event, to } of lifecycle.transitions) {
    if (from === path && to !== path) ways.set(to, [...(ways.get(to) ?? []), event]);
  }
  const parts = [...ways].map(([to, events]) => {
    const way = document.createElement("span");
    const code = document.createElement("code");
    code.textContent = events.join(", ");
    way.append(code, ` → ${shortName(to)}`);
    return way;
  });
  $("ways").replaceChildren(
    parts.length > 0 ? "From here" : "The end. Nothing moves it from here.",
    ...parts,
  );
}

// The buttons.

$("say").onsubmit = (event) => {
  event.preventDefault();
  const text = $("text").value || "Hello";
  room.send(text);
  say("mine", text);
  $("text").value = "";
};
$("binary").onclick = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  room.send(bytes);
  say("mine", describe(bytes));
};
$("big").onclick = () => {
  const bytes = new Uint8Array(BIG).map((_, at) => at);
  room.send(bytes);
  say("mine", describe(bytes));
};
$("ping").onclick = () => tell({ name: "ping" });
$("terminate").onclick = () => tell({ name: "terminate" });
$("closing").onsubmit = (event) => {
  event.preventDefault();
  notice("");
  try {
    room.close(Number($("code").value), $("reason").value);
    enable();
  } catch (error) {
    notice(error.message);
  }
};
$("close-server").onclick = () => {
  notice("");
  tell({ name: "close", code: Number($("code").value), reason: $("reason").value });
};
$("connect").onclick = connect;
/** The viewer listens only while it is open. */
$("viewer").ontoggle = () => {
  const { href } = $("viewer-link");
  $("viewer-frame").src = $("viewer").open && href !== "" ? href : "about:blank";
};
enable();
