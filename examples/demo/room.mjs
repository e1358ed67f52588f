const NAMES = [
  "Alder",
  "Birch",
  "Cedar",
  "Elm",
  "Fir",
  "Hazel",
  "Ivy",
  "Juniper",
  "Larch",
  "Maple",
  "Oak",
  "Pine",
  "Rowan",
  "Sorrel",
  "Willow",
  "Yew",
];

/** A room in which everyone hears what anyone says, themselves included. */
export class Room {
  constructor() {
    this.members = new Map();
    this.joined = 0;
  }

  /** Adds an open or opening WebSocket. It leaves by itself when it closes. */
  join(socket) {
    const name =
      NAMES[this.joined % NAMES.length] +
      (this.joined < NAMES.length ? "" : ` ${Math.floor(this.joined / NAMES.length) + 1}`);
    this.joined++;
    const enter = () => {
      this.members.set(socket, name);
      socket.send(
        `You are ${name}. ${this.members.size === 1 ? "Nobody else is here: open this page in a second tab." : `${this.members.size} are here.`}`,
      );
      this.tell(`${name} came in.`, socket);
    };
    if (socket.readyState === 1) enter();
    else socket.addEventListener("open", enter);
    socket.addEventListener("message", ({ data }) => {
      if (typeof data === "string") this.tell(`${name}: ${data}`);
      else this.tell(data);
    });
    socket.addEventListener("close", () => {
      if (this.members.delete(socket)) this.tell(`${name} left.`);
    });
  }

  /** Sends `message`, text or bytes, to every member but `except`. */
  tell(message, except) {
    for (const socket of this.members.keys()) {
      if (socket !== except && socket.readyState === 1) socket.send(message);
    }
  }
}
