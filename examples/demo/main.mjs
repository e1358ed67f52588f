import { readArguments, USAGE } from "./arguments.mjs";

const complain = (message) => {
  console.error(message);
  process.exitCode = 1;
};

/** The packages are imported by name and so must have been built; a clone has not. */
async function load(file) {
  try {
    return await import(file);
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new Error(
      `Something is not installed or not built (${error.message.split("\n")[0]}). Run: npm run setup`,
      { cause: error },
    );
  }
}

async function main() {
  const { port, check, screenshot, help } = readArguments(process.argv.slice(2));
  if (help) return console.log(USAGE);
  const { startDemo } = await load("./server.mjs");
  const demo = await startDemo(check ? (port ?? 0) : port);
  if (!check) {
    console.log(`The demo is at ${demo.url}\nOpen it in two tabs. Ctrl+C stops it.`);
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => demo.stop());
    return;
  }
  const { checkDemo } = await load("./check.mjs");
  try {
    await checkDemo(demo.url, { screenshot });
  } finally {
    demo.stop();
  }
}

main().catch((error) => complain(error.message));
