/** Which side of the connection we are. */
export type Role = "client" | "server";
