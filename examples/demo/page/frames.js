// The table of frames.

const MOST_ROWS = 200;
const WAYS = { in: ["→", "from browser to server"], out: ["←", "from server to browser"] };

/** Adds a row for what the server saw on the wire: a frame, an HTTP head, a violation, a new connection. */
export function addRow(table, event) {
  const row = document.createElement("tr");
  row.className =
    event.type === "frame" ? event.direction : `${event.type} ${event.direction ?? ""}`;
  if (event.type === "connection") {
    row.className = "rule";
    row.append(wide(`Connection ${event.number}`, 7));
  } else if (event.type === "frame") {
    row.dataset.opcode = event.name;
    row.append(
      time(event),
      way(event),
      cell(event.name),
      bit(event.fin, "fin"),
      bit(event.masked, "masked"),
      cell(event.length.toLocaleString("en"), "number"),
      payload(event),
    );
  } else {
    row.append(
      time(event),
      way(event),
      wide(event.type === "head" ? event.line : `violation: ${event.code}`, 5),
    );
  }
  table.prepend(row);
  while (table.rows.length > MOST_ROWS) table.deleteRow(-1);
}

function cell(text, className = "") {
  const made = document.createElement("td");
  made.textContent = text;
  made.className = className;
  return made;
}

function wide(text, columns) {
  const made = cell(text);
  made.colSpan = columns;
  return made;
}

const time = ({ at }) => cell(at.toFixed(1), "time");

function way({ direction }) {
  const [arrow, meaning] = WAYS[direction];
  const made = cell(arrow, "way");
  made.title = meaning;
  made.setAttribute("aria-label", meaning);
  return made;
}

function bit(on, name) {
  const made = cell(on ? "1" : "0", on ? "" : "off");
  made.title = on ? name : `not ${name}`;
  return made;
}

function payload({ bytes, length, note }) {
  const hex = bytes
    .slice(0, 8)
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join(" ");
  const made = cell(hex + (length > 8 ? " …" : ""));
  if (note !== "") {
    const said = document.createElement("span");
    said.className = "said";
    said.textContent = note;
    made.append(said);
  }
  made.title = note;
  return made;
}
