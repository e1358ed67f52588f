// A page that speaks the subprotocol of topics by itself, with the browser's WebSocket: who is where, and what is said in the lobby.
const $ = (id) => document.getElementById(id);
const me = `page-${crypto.randomUUID().slice(0, 4)}`;
const LOBBY = "room/lobby";
const SILENT = 2000; // so long after its last word a process is taken for gone

let socket;
let cursor = "-"; // of the last message of the lobby
let number = 0;
const unheard = []; // what is said is said again until it comes back
const last = new Map(); // the number of the last message of each
const processes = new Map();

function connect() {
  socket = new WebSocket(`ws://${location.host}/?name=${me}`, "topics.sansocket");
  socket.onopen = () => {
    $("state").value = "connected";
    socket.send("subscribe - who\n");
    socket.send(`subscribe ${cursor} ${LOBBY}\n`);
    for (const said of unheard) socket.send(said);
  };
  socket.onmessage = ({ data }) => receive(data);
  socket.onclose = () => {
    $("state").value = "coming back";
    setTimeout(connect, Math.random() * 500);
  };
}

/** A line of a word, a cursor and a topic; then the payload. */
function receive(data) {
  const end = data.indexOf("\n");
  const [word, at, topic] = data.slice(0, end).split(" ");
  if (topic === LOBBY && at !== "-") cursor = at;
  if (word !== "message") return;
  const message = JSON.parse(data.slice(end + 1));
  if (topic === "who") processes.set(message.process, { ...message, at: performance.now() });
  else hear(message);
}

function hear({ from, number, text }) {
  if (number <= (last.get(from) ?? 0)) return; // it was said again
  last.set(from, number);
  if (from === me) unheard.shift();
  $("log").append(item(`${from}: ${text}`));
  while ($("log").children.length > 200) $("log").firstChild.remove();
  $("log").scrollTop = $("log").scrollHeight;
}

function item(text) {
  const line = document.createElement("li");
  line.textContent = text;
  return line;
}

function draw() {
  for (const [name, { at }] of processes)
    if (performance.now() - at > SILENT) processes.delete(name);
  $("processes").replaceChildren(
    ...[...processes.values()]
      .sort((a, b) => a.process.localeCompare(b.process))
      .map(({ process, state, count, people }) => {
        const card = document.createElement("article");
        card.className = state;
        card.dataset.process = process;
        card.dataset.people = people.length;
        const title = document.createElement("h2");
        title.textContent = `${process}: ${people.length}`;
        const all = document.createElement("h3");
        all.textContent =
          state === "alone" ? "without the broker" : `${count} in the lobby, everywhere`;
        const list = document.createElement("p");
        list.textContent = people.join(" ");
        card.append(title, all, list);
        return card;
      }),
  );
}

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("text").value.trim();
  if (text === "") return;
  const said = `data - -\n${JSON.stringify({ room: "lobby", number: ++number, text })}`;
  unheard.push(said);
  if (socket.readyState === WebSocket.OPEN) socket.send(said);
  $("text").value = "";
});

setInterval(draw, 250);
connect();
