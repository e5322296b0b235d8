/** Lets go of clients and sessions of the library; never waits for long, never rejects. */
import type { ClientSession, OPCUAClient } from "node-opcua-client";
import { within } from "../deadline.ts";
import { OpcUaError } from "../errors.ts";

const CLOSE_WITHIN_MS = 1_000;

/** Bounded, because the library may wait for a server that is no longer there. Never rejects. */
export async function closeClient(client: OPCUAClient): Promise<void> {
  // Nothing can be done about a client that does not close; the adapter has already let go of it.
  const deadline = { ms: CLOSE_WITHIN_MS, late: notClosed };
  await within(deadline, client.disconnect()).catch(() => undefined);
}

/** With its subscriptions; a server that does not answer forgets them by itself. */
export async function closeSession(session: ClientSession): Promise<void> {
  const deadline = { ms: CLOSE_WITHIN_MS, late: notClosed };
  await within(deadline, session.close(true)).catch(() => undefined);
}

function notClosed(): OpcUaError {
  return new OpcUaError("LINK_LOST", "the client did not close in time");
}
