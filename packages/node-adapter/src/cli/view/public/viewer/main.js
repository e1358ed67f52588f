import { Details } from "./details.js";
import { Lifecycle } from "./lifecycle.js";
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

const report = await (await fetch("data.json")).json();
const conversations = report.conversations.map(
  (one) => new Conversation(one, report.findings, report.unit),
);
const details = new Details(byId("detail"));
const lifecycle = new Lifecycle(byId("lifecycle"));
let conversation = conversations[0];
let isScrubbing = false;

const rows = new Rows(box, byId("space"), (index) => {
  void details.show(conversation, index);
  if (index !== undefined && !isScrubbing) showTime(conversation.frames[index][1]);
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

/** The last row that is not after `at`. */
function rowAt(at) {
  let [low, high] = [0, rows.indices.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (conversation.frames[rows.indices[middle]][1] <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

let query = 0;
async function filter() {
  const turn = ++query;
  const text = search.value.trim();
  let messages;
  if (text !== "") {
    const parameters = new URLSearchParams({ conversation: conversation.id, text });
    messages = new Set(await (await fetch(`search?${parameters}`)).json());
    if (turn !== query) return;
  }
  const indices = conversation.filtered({ side: side.value, kind: kind.value, messages });
  rows.show(conversation, indices);
  const count = (severity) => {
    const { length } = conversation.findings.filter((finding) => finding.severity === severity);
    return `${length} ${severity}${length === 1 ? "" : "s"}`;
  };
  const shown = `${indices.length} of ${conversation.frames.length} frames`;
  status.textContent = `${shown}; ${count("violation")}, ${count("warning")}, ${count("note")}`;
}

file.textContent = `${report.file} (${report.format}, ${report.count} ${report.unit}s)`;
for (const { id, label, request } of conversations) {
  const option = document.createElement("option");
  option.value = id;
  option.textContent = `${id}: ${label} ${request?.start ?? ""}`;
  select.append(option);
}
select.addEventListener("change", () => {
  conversation = conversations.find(({ id }) => `${id}` === select.value);
  void filter();
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
time.addEventListener("input", () => {
  const { start, end } = conversation;
  const at = start + ((end - start) * Number(time.value)) / 1000;
  isScrubbing = true;
  rows.choose(rowAt(at));
  isScrubbing = false;
  showTime(at);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target === search) return;
  event.preventDefault();
  search.focus();
});

if (conversation === undefined) status.textContent = "There is no WebSocket in this file.";
else await filter();
document.body.dataset.ready = "true";
