/** Loaded for a server with `fetch`. Named here, so that the build leaves out the rest of srvx, which reads the environment as it loads. */
export { toNodeHandler } from "srvx/node";
