/** Where both sides are in their lives, at the time that is looked at. */

const STATES = ["connecting", "open", "closing", "closed"];

export class Lifecycle {
  constructor(box) {
    this.items = new Map();
    for (const name of ["client", "server"]) {
      const side = document.createElement("div");
      side.className = "side";
      const title = document.createElement("span");
      title.className = "name";
      title.id = `life-${name}`;
      title.textContent = name;
      const list = document.createElement("ol");
      list.setAttribute("aria-labelledby", title.id);
      for (const state of STATES) {
        const item = document.createElement("li");
        item.textContent = state;
        this.items.set(`${name} ${state}`, item);
        list.append(item);
      }
      side.append(title, list);
      box.append(side);
    }
  }

  show(states) {
    for (const [name, now] of states)
      for (const state of STATES) {
        const item = this.items.get(`${name} ${state}`);
        if (state === now) item.setAttribute("aria-current", "step");
        else item.removeAttribute("aria-current");
      }
  }
}
