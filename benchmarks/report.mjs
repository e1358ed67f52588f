// Medians, ratios, tables.
import { cpus } from "node:os";

export function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Three significant digits, or whole thousands. */
export const short = (n) =>
  !Number.isFinite(n)
    ? "–"
    : n >= 1000
      ? Math.round(n).toLocaleString("en")
      : String(Number(n.toPrecision(3)));
export const times = (n) => (Number.isFinite(n) ? `${n.toFixed(2)}×` : "–");

export function table(names, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(names), line(names.map((_, i) => (i ? "---:" : "---"))), ...rows.map(line)].join(
    "\n",
  );
}

export function heading(title) {
  const runtime = globalThis.Bun
    ? `Bun ${globalThis.Bun.version}`
    : globalThis.Deno
      ? `Deno ${globalThis.Deno.version.deno}`
      : `Node ${process.version}`;
  const [first, ...others] = cpus();
  return `# ${title}\n\n${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC · ${runtime} · ${others.length + 1} × ${first?.model.trim() ?? "unknown processor"} · ${process.platform} ${process.arch}`;
}

/** Ratios of one server's rounds to the base's, round by round, so that slow drifts of the machine cancel. */
export const ratios = (rows, base, key) =>
  rows.map((row, i) => row[key] / base?.[i]?.[key]).filter(Number.isFinite);

/**
 * The slope of the straight line through the points' logarithms, by least squares: 1 where twice as much costs twice as much, 2 where it costs four times.
 * @param {[size: number, cost: number][]} points
 */
export function slopeOf(points) {
  const logs = points.map((point) => point.map(Math.log2));
  const mean = (at) => logs.reduce((sum, log) => sum + log[at], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const above = logs.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0);
  return above / logs.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
}
