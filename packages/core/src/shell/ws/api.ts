import { DEFAULT_CLASS, MODULES, type WsModules } from "./modules.ts";
import { extension } from "./parts/extension.ts";
import { PerMessageDeflate } from "./parts/permessage-deflate.ts";
import { Receiver as BaseReceiver } from "./parts/receiver.ts";
import { Sender } from "./parts/sender.ts";
import { subprotocol } from "./parts/subprotocol.ts";
import { WebSocketServer as BaseServer } from "./server.ts";
import { createWebSocketStream } from "./stream.ts";
import type {
  CreateWebSocketStream,
  WebSocketConstructor,
  WebSocketServerConstructor,
} from "./declarations.ts";
import { WebSocket as BaseSocket } from "./websocket.ts";

type Class = abstract new (...args: never[]) => object;

/** Makes a class for one runtime: all of `Base` on one prototype, as in `ws`, and the properties of `extra`. */
function forRuntime<C extends Class>(Base: C, Made: C, extra: Record<symbol, unknown>): C {
  const { constructor: _, ...members } = Object.getOwnPropertyDescriptors(Base.prototype);
  Object.defineProperty(Made, "length", { value: Base.length, configurable: true });
  Object.defineProperties(Made.prototype, members);
  for (const [name, value] of Reflect.ownKeys(extra).map((key) => [key, extra[key as symbol]])) {
    Object.defineProperty(Made.prototype, name as symbol, { value });
  }
  return Made;
}

// Named as classes, not by a property, so that the engine's own errors have the names too. The bases are parameters: esbuild names an import
// as its module does, and would have a class extend itself.
const socketOn = (Base: typeof BaseSocket): typeof BaseSocket => class WebSocket extends Base {};
const serverOn = (Base: typeof BaseServer): typeof BaseServer =>
  class WebSocketServer extends Base {};
const receiverOn = (Base: typeof BaseReceiver): typeof BaseReceiver =>
  class Receiver extends Base {};

/** The names that `ws` exports, which are also statics of its `WebSocket`. */
export interface WsExports {
  readonly createWebSocketStream: CreateWebSocketStream;
  readonly extension: typeof extension;
  readonly PerMessageDeflate: typeof PerMessageDeflate;
  readonly Receiver: typeof BaseReceiver;
  readonly Sender: typeof Sender;
  readonly subprotocol: typeof subprotocol;
  readonly WebSocketServer: WebSocketServerConstructor;
}

/** The class with the names of its package as statics, as `require("ws")` returns it. */
export interface WsStatics extends WsExports {
  readonly Server: WebSocketServerConstructor;
  readonly WebSocket: WebSocketConstructor;
}

/** The result of `wsApi()`. */
export interface WsApi extends WsExports {
  readonly WebSocket: WebSocketConstructor & WsStatics;
}

/** Makes all exports of `ws` over the modules of one runtime. An adapter calls it once. */
export function wsApi(modules: WsModules): WsApi {
  const own = { [MODULES]: modules };
  const Socket = forRuntime(BaseSocket, socketOn(BaseSocket), own);
  const Server = forRuntime(BaseServer, serverOn(BaseServer), { ...own, [DEFAULT_CLASS]: Socket });
  const names = {
    createWebSocketStream,
    extension,
    PerMessageDeflate,
    Receiver: forRuntime(BaseReceiver, receiverOn(BaseReceiver), own),
    Sender,
    subprotocol,
    WebSocketServer: Server,
  };
  for (const [index, state] of ["CONNECTING", "OPEN", "CLOSING", "CLOSED"].entries()) {
    Object.defineProperty(Socket, state, { enumerable: true, value: index });
  }
  Object.assign(Socket, names, { Server, WebSocket: Socket });
  return { ...names, WebSocket: Socket } as unknown as WsApi;
}
