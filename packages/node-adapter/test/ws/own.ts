/** What ws's tests reach for in its private files, as ours have it: bundled in place of them. */
export { EMPTY } from "../../../core/src/shell/ws/link/data.ts";
export {
  ATTRIBUTE,
  CloseEvent,
  ErrorEvent,
  Event,
  HANDLER,
  MessageEvent,
} from "../../../core/src/shell/ws/events.ts";
export { WebSocket } from "../../src/ws.ts";
