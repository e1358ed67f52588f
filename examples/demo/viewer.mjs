import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

// The viewer belongs to the command `sansocket` (`sansocket view FILE`) and is no entry of the package: it stands beside the command.
const home = createRequire(import.meta.url).resolve("@sansocket/node-adapter/package.json");
const { createViewer } = await import(new URL("dist/cli/viewer.js", pathToFileURL(home)).href);

/** Makes what records a page's connections, and shows them live. */
export const viewerOf = () => createViewer("the connections of this page");
