import { EventEmitter } from "node:events";
import type { ServedSocket } from "../../../src/shell/server/clients.ts";
import { SESSION } from "../../../src/shell/websocket/websocket.ts";

/** A server's socket without a transport: `calls` lists the calls that it received. */
export class FakeSocket extends EventEmitter implements ServedSocket {
  readyState = 0;
  readonly calls: string[] = [];

  open(): this {
    this.readyState = 1;
    this.emit("open", {});
    return this;
  }

  readonly [SESSION] = {
    driver: {
      cork: (): void => {
        this.calls.push("cork");
      },
      connection: {
        close: (code: number, reason: string): void => {
          this.readyState = 2;
          this.calls.push(`close ${code} ${reason}`);
        },
      },
    },
  };

  terminate(): void {
    this.calls.push("terminate");
    this.gone(1006, "");
  }

  gone(code: number, reason: string): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.emit("close", { code, reason });
  }
}
