import { Details } from "./details.js";
import { Lifecycle } from "./lifecycle.js";
import { Follower, watchChanges } from "./live.js";
import { clock, Conversation } from "./model.js";
import { Rows } from "./rows.js";

const byId = (id) => document.getElementById(id);
const [file, select, search, side, kind, status, time, output, box] = [
  "file",
  "conversation",
  "search",
  "side",
  "kind",
  "status",
  "time",
  "clock",
  "rows",
].map(byId);

const details = new Details(byId("detail"));
const lifecycle = new Lifecycle(byId("lifecycle"));
const conversations = new Map();
let conversation;
/** Whether the program chooses a row, and not the reader. */
let isMoving = false;
const follower = new Follower(byId("live"), status, () => void showNewest());

const rows = new Rows(box, byId("space"), (index) => {
  void details.show(conversation, index);
  if (isMoving) return;
  follower.set(false);
  if (index !== undefined) showTime(conversation.time(index));
});

/** Moves the clock, the scrubber and both lifecycles to a time. */
function showTime(at) {
  const { start, end } = conversation;
  const span = Math.max(1e-6, end - start);
  time.value = Math.round((1000 * (at - start)) / span);
  output.textContent = clock(at - start);
  time.setAttribute("aria-valuetext", output.textContent);
  lifecycle.show(conversation.states(at));
}

/** Lets the program choose a row. */
function move(change) {
  isMoving = true;
  change();
  isMoving = false;
}

/** The last row that is not after `at`. */
function rowAt(at) {
  let [low, high] = [0, rows.indices.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (conversation.time(rows.indices[middle]) <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

let query = 0;
/** The frames that the filters let through; nothing where a later filter has overtaken this one. */
async function matching(one) {
  const turn = ++query;
  const text = search.value.trim();
  let messages;
  if (text !== "") {
    const parameters = new URLSearchParams({ conversation: one.id, text });
    const response = await fetch(`search?${parameters}`);
    messages = new Uint32Array(await response.arrayBuffer());
    if (turn !== query) return undefined;
  }
  return one.filtered({ side: side.value, kind: kind.value, messages });
}

function present(one, indices) {
  conversation = one;
  select.value = one.id;
  rows.show(one, indices);
  const count = (severity) => {
    const { length } = one.findings.filter((finding) => finding.severity === severity);
    return `${length} ${severity}${length === 1 ? "" : "s"}`;
  };
  const shown = `${indices.length} of ${one.length} frames`;
  status.textContent = `${shown}; ${count("violation")}, ${count("warning")}, ${count("note")}`;
}

async function filter() {
  const one = conversation;
  if (one === undefined) return;
  const indices = await matching(one);
  if (indices !== undefined) present(one, indices);
}

/** Looks at a conversation, and reads what has come of it. */
async function look(one) {
  await one.load();
  const indices = await matching(one);
  if (indices !== undefined) present(one, indices);
}

/** Goes to the last frame of the newest conversation, and to the time of what came last. */
async function showNewest() {
  const newest = [...conversations.values()].at(-1);
  if (newest === undefined) return;
  await newest.load();
  const indices = await matching(newest);
  if (indices === undefined || !follower.isOn) return;
  move(() => {
    present(newest, indices);
    rows.choose(indices.length - 1);
  });
  showTime(newest.end);
}

/** Reads again what the reader looks at, who stays there. */
async function readAgain(one) {
  await one.load();
  const indices = await matching(one);
  if (indices === undefined || one !== conversation) return;
  move(() => present(one, indices));
  details.refresh();
}

/** Reads which conversations there are. */
async function readOverview() {
  const report = await (await fetch("data.json")).json();
  file.textContent = `${report.file} (${report.format}, ${report.count} ${report.unit}s)`;
  for (const given of report.conversations) {
    let one = conversations.get(`${given.id}`);
    if (one === undefined) {
      one = new Conversation(given, report.unit);
      conversations.set(`${given.id}`, one);
      const option = document.createElement("option");
      option.value = given.id;
      option.textContent = `${given.id}: ${given.label} ${given.request?.start ?? ""}`;
      select.append(option);
    }
    one.describe(given, report.findings);
  }
  return report;
}

/** Shows what has changed: at its end, or where the reader is. */
async function refresh() {
  await readOverview();
  if (follower.isOn) await showNewest();
  else if (conversation !== undefined) await readAgain(conversation);
}

select.addEventListener("change", () => {
  follower.set(false);
  void look(conversations.get(select.value));
});
let typing;
search.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(filter, 120);
});
for (const one of [side, kind]) one.addEventListener("change", filter);
byId("filter").addEventListener("submit", (event) => {
  event.preventDefault();
  box.focus();
});
for (const type of ["wheel", "touchmove"])
  box.addEventListener(type, () => follower.set(false), { passive: true });
let scrubbing;
time.addEventListener("input", () => {
  follower.set(false);
  // A pointer moves more often than the screen is drawn.
  scrubbing ??= requestAnimationFrame(() => {
    scrubbing = undefined;
    const { start, end } = conversation;
    const at = start + ((end - start) * Number(time.value)) / 1000;
    move(() => rows.choose(rowAt(at)));
    showTime(at);
  });
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target === search) return;
  event.preventDefault();
  search.focus();
});

const { isLive } = await readOverview();
const [first] = conversations.values();
if (isLive) {
  status.textContent = "Nothing has been said yet.";
  follower.begin();
  watchChanges(refresh);
} else if (first === undefined) status.textContent = "There is no WebSocket in this file.";
else await look(first);
document.body.dataset.ready = "true";
