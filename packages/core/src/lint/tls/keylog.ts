/** Key logs of TLS, as browsers, Node and others write them (draft-ietf-tls-keylogfile). */
import { fromHex } from "../../trace/values.ts";

/** Secrets by client random and label. */
export class KeyLog {
  private readonly secrets = new Map<string, Uint8Array>();

  /** Adds the lines of a log; other lines are skipped. */
  add(text: string): void {
    for (const line of text.split(/\r?\n/)) {
      const [, label, random, secret] =
        /^([A-Z0-9_]+) ([0-9a-fA-F]{64}) ((?:[0-9a-fA-F]{2})+)\s*$/.exec(line) ?? [];
      if (label !== undefined)
        this.secrets.set(`${label} ${random!.toLowerCase()}`, fromHex(secret!));
    }
  }

  get isEmpty(): boolean {
    return this.secrets.size === 0;
  }

  secret(label: string, random: string): Uint8Array | undefined {
    return this.secrets.get(`${label} ${random}`);
  }
}
