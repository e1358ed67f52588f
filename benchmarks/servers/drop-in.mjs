import { WebSocketServer } from "@sansocket/node-adapter/ws";
import { serveWith } from "./ws-program.mjs";

serveWith(WebSocketServer);
