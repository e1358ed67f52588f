import { beforeEach, describe, expect, test } from "vitest";
import { Room } from "../../demo/room.mjs";
import { FakeSocket } from "./fake-socket.ts";

let room: Room;
beforeEach(() => {
  room = new Room();
});

function join(): FakeSocket {
  const socket = new FakeSocket();
  room.join(socket);
  socket.happen("open");
  return socket;
}

describe("the room", () => {
  test("greets who comes, and tells the others", () => {
    const first = join();
    expect(first.take()).toEqual([
      "You are Alder. Nobody else is here: open this page in a second tab.",
    ]);
    expect(join().take()).toEqual(["You are Birch. 2 are here."]);
    expect(first.take()).toEqual(["Birch came in."]);
  });

  test("passes on what is said to everyone, text with a name and bytes as they are", () => {
    const members = [join(), join()] as const;
    members.forEach((member) => member.take());
    members[1].happen("message", { data: "hello" });
    const bytes = Buffer.from([1, 2]);
    members[1].happen("message", { data: bytes });
    for (const member of members) expect(member.take()).toEqual(["Birch: hello", bytes]);
  });

  test("forgets who leaves, and sends nothing to who is closing", () => {
    const members = [join(), join(), join()] as const;
    members.forEach((member) => member.take());
    members[2].readyState = 2;
    members[1].happen("close");
    expect(members.map((member) => member.take())).toEqual([["Birch left."], [], []]);
  });

  test("says nothing of who never came in", () => {
    const member = join();
    member.take();
    const other = new FakeSocket();
    room.join(other);
    other.happen("close");
    expect(member.take()).toEqual([]);
  });

  test("has names for everyone", () => {
    const names = Array.from(
      { length: 40 },
      () => /^You are ([^.]+)\./.exec(String(join().take()[0]))?.[1],
    );
    expect(new Set(names).size).toBe(40);
    expect(names[16]).toBe("Alder 2");
  });
});
