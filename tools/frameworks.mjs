/** Runs the examples of the frameworks that are too heavy for `npm test`, NestJS, Next.js and Nitro, in a project of their own: `npm run test:frameworks`; `-- --only NAME`. */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argv, execPath } from "node:process";
import { root, run, step, total } from "./steps.mjs";

/** The packages that each framework needs, by the name of its example. @type {Record<string, Record<string, string>>} */
const frameworks = {
  nestjs: {
    "@nestjs/common": "12.5.1",
    "@nestjs/core": "12.5.1",
    "@nestjs/platform-express": "12.5.1",
    "@nestjs/websockets": "12.1.1",
    "reflect-metadata": "0.2.2",
    rxjs: "7.8.2",
  },
  next: { next: "16.4.6", react: "19.2.0", "react-dom": "19.2.0" },
  nitro: { nitro: "3.0.260903-beta", crossws: "0.4.17" },
};

/**
 * Packs ours and installs all.
 * @param {string} scratch
 * @param {string} project
 * @param {readonly string[]} names
 * @returns {Promise<string | undefined>} what went wrong
 */
async function install(scratch, project, names) {
  /** @type {Record<string, string>} */
  const ours = {};
  for (const name of ["core", "node-adapter"]) {
    const tarball = join(scratch, `${name}.tgz`);
    const packed = await run("pnpm", ["pack", "--out", tarball], {
      cwd: join(root, "packages", name),
    });
    if (packed.code !== 0) return packed.output;
    ours[`@sansocket/${name}`] = `file:${tarball}`;
  }
  cpSync(join(root, "examples/frameworks"), project, { recursive: true });
  copyFileSync(join(root, "tools/frameworks/check.mjs"), join(project, "check.mjs"));
  mkdirSync(join(project, "app"));
  const layout =
    "export default ({ children }) => <html lang='en'><body>{children}</body></html>;\n";
  writeFileSync(join(project, "app/layout.js"), layout);
  writeFileSync(join(project, "app/page.js"), "export default () => <p>An ordinary page</p>;\n");
  const manifest = {
    private: true,
    type: "module",
    dependencies: {
      ...Object.assign({}, ...names.map((name) => frameworks[name])),
      ...ours,
      ws: "8.23.0",
    },
    overrides: ours,
  };
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
  const args = ["install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  const { code, output } = await run("npm", args, { cwd: project, timeout: 900_000 });
  return code === 0 ? undefined : output;
}

const at = argv.indexOf("--only");
const names = at === -1 ? Object.keys(frameworks) : [String(argv[at + 1])];
const scratch = mkdtempSync(join(tmpdir(), "sansocket-frameworks-"));
const project = join(scratch, "project");
mkdirSync(project);
try {
  const isInstalled = await step("frameworks: installing", () => install(scratch, project, names));
  for (const name of isInstalled ? names : [])
    await step(name, async () => {
      if (name === "nitro") {
        const built = await run("npx", ["nitro", "build", "--dir", "nitro"], { cwd: project });
        if (built.code !== 0) return built.output;
      }
      const { code, output } = await run(execPath, ["check.mjs", name], {
        cwd: project,
        timeout: 300_000,
        env: { NEXT_TELEMETRY_DISABLED: "1" },
      });
      return code === 0 ? undefined : output;
    });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log(`\nFrameworks: ${total.passed} passed, ${total.failed} failed.`);
process.exitCode = total.failed === 0 ? 0 : 1;
