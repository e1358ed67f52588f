import { WebSocketServer } from "ws";
import { serveWith } from "./ws-program.mjs";

serveWith(WebSocketServer);
