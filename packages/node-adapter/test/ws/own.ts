/** Our parts for the private files that ws's tests load: bundled in place of those files. */
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
