/** Port 0 for servers that do not know it. */
import { once } from "node:events";
import { createServer } from "node:net";

/** A port of 127.0.0.1 that nobody used a moment ago. Somebody may take it before we do: try again then. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string")
    throw new TypeError("a TCP server has a port");
  return address.port;
}
