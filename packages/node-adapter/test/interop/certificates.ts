/** The tests' own certificates, found where this runs bundled too. */
import { textOf } from "./processes.ts";

const read = (name: string): string => textOf(`packages/node-adapter/test/fixtures/${name}`);

export const authority = read("authority.pem");
/** Of `localhost`, 127.0.0.1 and ::1, signed by {@link authority}. */
export const localhost = { cert: read("localhost.pem"), key: read("localhost-key.pem") };
