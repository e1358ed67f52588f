import { connect } from "@sansocket/node-adapter";

const PATIENCE = 10_000; // milliseconds for each thing to happen

/** Does over two WebSockets what the page does. */
export async function checkWithClient(url, seen) {
  const address = url.replace(/^http/, "ws");
  const events = [];
  const messages = [];
  const observer = await connect(`${address}observer`);
  observer.addEventListener("message", ({ data }) => events.push(...JSON.parse(data)));
  const { id } = await until(
    () => events.find(({ type }) => type === "session"),
    "the observer channel told nothing",
  );
  seen("the observer channel opens");

  const room = await connect(`${address}room?session=${id}`);
  let closed;
  room.addEventListener("close", ({ code, reason }) => {
    closed = { code, reason };
  });
  room.addEventListener("message", ({ data }) => messages.push(data));
  const passed = (path) =>
    until(
      () => events.find((event) => event.type === "state" && event.path === path),
      `the connection did not come to ${path}`,
    );
  await passed("alive.open");
  seen("the room opens, and is seen to be open");

  room.send("Is anybody there?");
  await until(
    () => messages.some((message) => String(message).endsWith(": Is anybody there?")),
    "the message did not come back",
  );
  seen("a message that was sent comes back");
  for (const direction of ["in", "out"]) {
    await until(
      () =>
        events.some(
          (event) =>
            event.type === "frame" &&
            event.direction === direction &&
            event.note.includes("Is anybody"),
        ),
      `no frame ${direction} was seen`,
    );
  }
  seen("its frames are seen, in both directions");

  observer.send(JSON.stringify({ name: "close", code: 4000, reason: "checked" }));
  for (const path of ["alive.closing.draining", "alive.closing.ending", "closed"])
    await passed(path);
  seen("closed by the server, it goes through draining and ending to closed");
  await until(
    () => closed?.code === 4000 && closed.reason === "checked",
    "the client did not get the close code",
  );
  seen("the client got the code and the reason");
  observer.close();
}

async function until(condition, otherwise) {
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    const result = condition();
    if (result) return result;
    if (Date.now() > deadline) throw new Error(`Within ${PATIENCE / 1000} s ${otherwise}.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
