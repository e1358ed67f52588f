import { describeLifecycle } from "@sansocket/core/testing";
import { describe, expect, test } from "vitest";
import { layOut } from "../../demo/page/layout.js";

interface Box {
  path: string;
  isLeaf: boolean;
  x: number;
  y: number;
  width: number;
  height: number;
}
interface Edge {
  from: { path: string };
  to: { path: string };
  d: string;
}

const within = (outer: string, path: string): boolean =>
  path === outer || path.startsWith(`${outer}.`);
const apart = (one: Box, other: Box): boolean =>
  one.x + one.width <= other.x ||
  other.x + other.width <= one.x ||
  one.y + one.height <= other.y ||
  other.y + other.height <= one.y;

describe.each([
  ["server", true],
  ["server", false],
  ["client", true],
  ["client", false],
] as const)("the %s's lifecycle, left to right: %s", (role, horizontal) => {
  const chart = describeLifecycle(role);
  const plan = layOut(chart, horizontal) as {
    width: number;
    height: number;
    boxes: Box[];
    edges: Edge[];
  };
  const leaves = plan.boxes.filter(({ isLeaf }) => isLeaf);

  test("shows every state once", () => {
    expect(leaves.map(({ path }) => path).sort()).toEqual(
      chart.states.map(({ path }) => path).sort(),
    );
  });

  test("lays no state on another", () => {
    const overlaps = leaves.flatMap((one, at) =>
      leaves
        .slice(at + 1)
        .filter((other) => !apart(one, other))
        .map((other) => [one.path, other.path]),
    );
    expect(overlaps).toEqual([]);
  });

  test("keeps every box inside those it belongs to, and the picture", () => {
    const strays = plan.boxes.filter((box) => {
      const outer = plan.boxes.filter(({ path }) => path !== box.path && within(path, box.path));
      return [{ x: 0, y: 0, width: plan.width, height: plan.height }, ...outer].some(
        (one) =>
          box.x < one.x ||
          box.y < one.y ||
          box.x + box.width > one.x + one.width ||
          box.y + box.height > one.y + one.height,
      );
    });
    expect(strays).toEqual([]);
  });

  test("draws an arrow for every transition, from its state or a group around it", () => {
    const missing = chart.transitions.filter(
      ({ from, to }) =>
        from !== to &&
        !plan.edges.some((edge) => edge.to.path === to && within(edge.from.path, from)),
    );
    expect(missing).toEqual([]);
  });

  test("draws no arrow that is not a transition, and none twice", () => {
    const names = plan.edges.map(({ from, to }) => `${from.path}>${to.path}`);
    expect(new Set(names).size).toBe(names.length);
    for (const { from, to } of plan.edges) {
      const sources = chart.states.filter(({ path }) => within(from.path, path));
      expect(
        sources.every(({ path }) =>
          chart.transitions.some((one) => one.from === path && one.to === to.path),
        ),
        `${from.path}>${to.path}`,
      ).toBe(true);
    }
  });

  test("writes paths that hold only numbers", () => {
    for (const { d } of plan.edges)
      expect(d).toMatch(/^M[-\d.]+,[-\d.]+( ?[LQC]([-\d.]+,[-\d.]+ ?)+)+$/);
  });
});
