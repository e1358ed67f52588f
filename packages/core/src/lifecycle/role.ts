/** The role of this end of a connection. */
export type Role = "client" | "server";
