/** The proxies that are quick, where they are installed, against docs/interop.md; and that this page and the guide to deployment say what is run. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { brokers } from "./brokers/index.ts";
import { browsers } from "./browsers.ts";
import { foreigners } from "./foreign.ts";
import type { Cells } from "./peer.ts";
import { root, textOf } from "./processes.ts";
import { proxies } from "./proxies/index.ts";
import { readers } from "./readers/index.ts";
import { differences, PAGE, withRows, written } from "./table.ts";
import { runProxy } from "./through.ts";
import { workers } from "./workers/index.ts";

const peers = [...proxies, ...browsers, ...brokers, ...readers, ...workers, ...foreigners()];

describe("proxies in front of a server", () => {
  for (const proxy of proxies.filter(({ quick }) => quick)) {
    const version = proxy.version();
    const name = version === undefined ? `${proxy.name} (left out: ${proxy.install})` : proxy.name;
    test.skipIf(version === undefined)(name, { timeout: 90_000 }, async () => {
      const rows = await runProxy(proxy, true);
      expect(rows.map(({ http }) => http)).toEqual(proxy.http);
      expect(rows.flatMap((row) => differences(proxy, version!, row))).toEqual([]);
    });
  }
});

describe("the page", () => {
  test.each(peers.map((peer) => [peer.name, peer] as const))(
    "%s has its rows, with its notes",
    (_, peer) => {
      const rows = written(peer.role).filter(({ name }) => name === peer.name);
      expect(rows.map(({ http }) => http)).toEqual([...peer.http]);
      for (const { version, cells } of rows) {
        const row = { http: peer.http[0]!, cells };
        expect(textOf(PAGE)).toContain(` | ${peer.notes} | `);
        expect(version).toMatch(/^\S.* \d+\.\d/);
        expect(row.cells.opens).not.toBe("");
      }
    },
  );

  test("has no rows of peers that are not there", () => {
    const names = (
      [
        "proxy",
        "client's proxy",
        "browser",
        "server",
        "client",
        "broker",
        "worker",
        "reader",
      ] as const
    ).flatMap((role) => written(role).map(({ name }) => name));
    expect([...new Set(names)].sort()).toEqual(peers.map(({ name }) => name).sort());
  });

  const nginx = proxies[0]!;
  const cells: Cells = written("proxy").find(({ name }) => name === "nginx")!.cells;
  const page = withRows(textOf(PAGE), nginx, "nginx 1.0", [{ http: "1.1", cells }], "2020-01-01");

  test.each<[name: string, version: string, seen: Partial<Cells>, told: number]>([
    ["the same", "nginx 1.0", {}, 0],
    ["slower", "nginx 1.0", { text: "yes, after 12 s" }, 0],
    ["another code", "nginx 1.0", { theirs: "1006, not clean" }, 1],
    ["another version, where something fails", "nginx 2.0", { binary: "no answer" }, 1],
    ["held back", "nginx 2.0", { events: "held back" }, 1],
  ])("is compared with what was seen: %s", (_, version, seen, told) => {
    expect(
      differences(nginx, version, { http: "1.1", cells: { ...cells, ...seen } }, page),
    ).toHaveLength(told);
  });

  test("rows take the place of older ones", () => {
    expect(written("proxy", page).filter(({ name }) => name === "nginx")).toEqual([
      { name: "nginx", version: "nginx 1.0", http: "1.1", cells },
    ]);
  });
});

test("the guide to deployment shows the files that are run", () => {
  const guide = textOf("docs/deployment.md");
  const files = readdirSync(join(root, "docs/deploy"));
  for (const file of files) {
    expect(guide).toContain(`<!-- docs/deploy/${file} -->`);
    expect(guide).toContain(`\`\`\`\n${textOf(`docs/deploy/${file}`)}\`\`\`\n`);
  }
  expect(files.length).toBeGreaterThan(7);
});
