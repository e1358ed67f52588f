import { Buffer } from "node:buffer";

/** Returns user and password of a URL as `Authorization` and `Proxy-Authorization` have them: percent-decoded, in UTF-8 (RFC 7617 §2). `undefined` where there are none. */
export function authorizationOf({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return undefined;
  return `Basic ${Buffer.from(`${decoded(username)}:${decoded(password)}`).toString("base64")}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a % that begins no escape stands for itself
  }
}
