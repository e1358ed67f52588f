export { type Client, type ClientConstructor, type ClientOptions } from "./client.ts";
export { WebSocket as default, WebSocket, type WebSocketConstructor } from "./websocket.ts";
