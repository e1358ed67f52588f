import { Diagram } from "./diagram.js";
import { addRow } from "./frames.js";

const BIG = 1024 * 1024;
const MOST_MESSAGES = 200;
const $ = (id) => document.getElementById(id);
const address = (path) =>
  `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`;

let lifecycle;
let session;
let room; // the connection one looks at
let shown; // the state the diagram shows
const diagram = new Diagram($("diagram"), showState);

// The observer channel: what the server sees of the other connection.

const observer = new WebSocket(address("/observer"));
observer.onmessage = ({ data }) => JSON.parse(data).forEach(take);
observer.onclose = () =>
  notice("The demo server has stopped. Start it again, then reload this page.");

const takers = {
  session(event) {
    ({ id: session, lifecycle } = event);
    diagram.setChart(lifecycle);
    connect();
  },
  connection(event) {
    diagram.reset();
    shown = undefined;
    $("trail").replaceChildren();
    addRow($("frames"), event);
  },
  state: ({ path, at }) => diagram.enter(path, at),
  refused: ({ message }) => notice(message),
};

function take(event) {
  const taker = takers[event.type];
  if (taker !== undefined) taker(event);
  else addRow($("frames"), event);
}

const tell = (command) => observer.send(JSON.stringify(command));

// The connection in the room.

function connect() {
  notice("");
  room = new WebSocket(address(`/room?session=${session}`));
  room.binaryType = "arraybuffer";
  room.onopen = enable;
  room.onmessage = ({ data }) =>
    say("theirs", typeof data === "string" ? data : describe(new Uint8Array(data)));
  room.onclose = ({ code, reason, wasClean }) => {
    say(
      "event",
      `Closed: ${code}${reason ? ` “${reason}”` : ""}, ${wasClean ? "cleanly" : "without a closing handshake"}.`,
    );
    enable();
  };
}

/** Only what can be done now can be pressed. */
function enable() {
  const open = room?.readyState === WebSocket.OPEN;
  for (const control of document.querySelectorAll(".talk button, .talk input"))
    control.disabled = !open;
  $("connect").hidden =
    room === undefined ||
    room.readyState !== WebSocket.CLOSED ||
    observer.readyState !== WebSocket.OPEN;
  $("connect").disabled = false;
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
enable();
