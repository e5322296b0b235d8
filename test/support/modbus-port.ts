/** The port on which a TCP server listens. */
import type { Server } from "node:net";

/** Throws when `server` does not listen on TCP. */
export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("listens on no port");
  return address.port;
}
