/**
 * `npm run release`: publishes what the registries do not have yet, and tags it. The release workflow runs it; by hand use `-- --dry-run`.
 *
 * pnpm packs, since it alone knows `workspace:` and `publishConfig.exports`; npm publishes, since it alone exchanges the
 * workflow's identity for a right to publish and signs where the package was built (provenance).
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAlias, NAME, VERSION } from "../packages/node-adapter/ws/build.mjs";
import { root, run } from "./steps.mjs";

const dryRun = process.argv.includes("--dry-run");
/** Provenance needs the identity of a workflow: elsewhere npm refuses. */
const provenance = process.env["GITHUB_ACTIONS"] === "true" && !dryRun;
const scratch = mkdtempSync(join(tmpdir(), "sansocket-release-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

/** Runs a command with its output shown; ends the release where it fails. @type {typeof run} */
async function must(command, args, options) {
  const outcome = await run(command, args, { show: true, ...options });
  if (outcome.code === 0) return outcome;
  console.error(`release: ${command} ${args.join(" ")} failed; what it said is above.`);
  process.exit(1);
}

/** @param {string} specifier `name@version` */
async function isPublished(specifier) {
  const { code, output } = await run("npm", ["view", specifier, "version"]);
  if (code === 0) return output.trim() !== "";
  if (/\bE404\b/.test(output)) return false;
  console.error(`release: the registry was asked for ${specifier} and failed:\n${output}`);
  process.exit(1);
}

/** @param {string} tarball */
async function publish(tarball) {
  const args = ["publish", tarball, "--access", "public"];
  if (provenance) args.push("--provenance");
  if (dryRun) args.push("--dry-run");
  await must("npm", args);
}

/** Dependencies before those that depend on them. */
for (const name of ["core", "node-adapter", "deno-adapter", "bun-adapter"]) {
  const folder = join(root, "packages", name);
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const specifier = `${manifest.name}@${manifest.version}`;
  if (await isPublished(specifier)) {
    console.log(`release: ${specifier} is there already.`);
    continue;
  }
  const tarball = join(scratch, `${name}.tgz`);
  await must("pnpm", ["pack", "--out", tarball], { cwd: folder });
  await publish(tarball);
}

if (await isPublished(`${NAME}@${VERSION}`)) {
  console.log(`release: ${NAME}@${VERSION} is there already.`);
} else {
  const folder = join(scratch, "alias");
  mkdirSync(folder);
  buildAlias(folder);
  await publish(folder);
}

for (const name of ["core", "deno-adapter"]) {
  // JSR passes over a version that it has; in a workflow it signs by the same identity.
  const args = ["publish", "--allow-dirty", ...(dryRun ? ["--dry-run"] : [])];
  await must("deno", args, { cwd: join(root, "packages", name) });
}

if (!dryRun) await must("changeset", ["tag"]);
