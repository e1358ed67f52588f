#!/usr/bin/env node
// Draws docs/images/performance-light.svg and -dark.svg, which the README shows, from ratios.json: `node benchmarks/picture.mjs`, after `npm run bench -- --commit`.
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { committed } from "./ratios.mjs";
import { scenarios } from "./scenarios.mjs";

const THEMES = {
  light: { text: "#1f2328", faint: "#59636e", bar: "#0969da", base: "#818b98" },
  dark: { text: "#f0f6fc", faint: "#9198a1", bar: "#4493f8", base: "#9198a1" },
};

/** Pixels: rows, the room for titles, and the room for bars. */
const ROW = 24;
const LEFT = 430;
const BARS = 330;
const WIDTH = LEFT + BARS + 80;
const TOP = 44;
const LINE = 18;

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/**
 * The picture of `what` in a theme. Pure: the same ratios give the same text.
 * @param {ReturnType<typeof committed>} what
 * @param {"light" | "dark"} theme
 */
export function draw({ runs, ratios }, theme) {
  const colour = THEMES[theme];
  const rows = Object.keys(scenarios).filter(
    (name) => ratios[name] !== undefined && scenarios[name].base === undefined,
  );
  const most = Math.max(...rows.map((name) => ratios[name]));
  const wide = (ratio) => ((ratio / most) * BARS).toFixed(1);
  const sources = runs.map(({ date, command, machine }) => `${date} · ${command} · ${machine}`);
  const height = TOP + rows.length * ROW + 26 + sources.length * LINE;
  const one = (LEFT + Number(wide(1))).toFixed(1);
  const bars = rows.flatMap((name, at) => {
    const y = TOP + at * ROW;
    const ratio = ratios[name];
    return [
      `<text x="${LEFT - 10}" y="${y + 15}" text-anchor="end" fill="${colour.text}">${escaped(scenarios[name].title.replace(/, \d+ connections?\b/, ""))}</text>`,
      `<rect x="${LEFT}" y="${y + 3}" width="${wide(ratio)}" height="${ROW - 8}" rx="2" fill="${colour.bar}"/>`,
      `<text x="${(LEFT + Number(wide(ratio)) + 6).toFixed(1)}" y="${y + 15}" fill="${colour.text}">${ratio.toFixed(2)}</text>`,
    ];
  });
  const about = `Messages per CPU second of the server, as a multiple of ws. ${sources.join("; ")}.`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="12" role="img">`,
    `<title>${escaped(about)} ${rows.map((name) => `${name} ${ratios[name].toFixed(2)}`).join(", ")}.</title>`,
    `<text x="${LEFT}" y="20" fill="${colour.text}" font-weight="600">Messages per CPU second, × ws</text>`,
    `<line x1="${one}" y1="${TOP - 8}" x2="${one}" y2="${TOP + rows.length * ROW}" stroke="${colour.base}" stroke-dasharray="3 3"/>`,
    `<text x="${one}" y="${TOP - 11}" text-anchor="middle" fill="${colour.faint}" font-size="10">ws = 1</text>`,
    ...bars,
    ...sources.map(
      (source, at) =>
        `<text x="10" y="${height - 14 - (sources.length - 1 - at) * LINE}" fill="${colour.faint}" font-size="11">${escaped(source)}</text>`,
    ),
    "</svg>",
    "",
  ].join("\n");
}

/** Where the picture of a theme belongs. */
export const pictureFile = (theme) =>
  fileURLToPath(new URL(`../docs/images/performance-${theme}.svg`, import.meta.url));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const theme of Object.keys(THEMES)) {
    mkdirSync(new URL("../docs/images/", import.meta.url), { recursive: true });
    writeFileSync(pictureFile(theme), draw(committed(), theme));
  }
}
