/**
 * The version of the protocol. The server sends it to players at registration and to admins when they connect. Clients
 * of the version before and after still work (SPEC P2).
 */
export const PROTOCOL = 1;
