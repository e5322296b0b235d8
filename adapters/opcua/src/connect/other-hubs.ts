/**
 * Whether another program shows the same application certificate as this hub: a copied data directory, a cloned machine. It works, but
 * servers then cannot tell the two apart, and what one is trusted with the other has. It can be known only where the server shows
 * its sessions (SessionDiagnosticsArray): on an encrypted link, to a user who may administer it.
 */
import { hostname } from "node:os";
import type { ClientSession } from "node-opcua-client";
import { noAnswerInTime, within } from "../deadline.ts";
import { member } from "../values/scalar.ts";

const SESSION_DIAGNOSTICS_ARRAY = "i=3707";
const VALUE = 13;
const WITHIN_MS = 5_000;
/** A server may have many sessions, and names may be long. */
const MOST_SESSIONS = 1_000;
const LONGEST_NAME = 200;

/** Behind the name of each session of this hub, so that one hub can be told from another. */
export function hubMark(): string {
  return `(${hostname()}, ${process.pid})`;
}

/** Names of sessions with our application URI that are not of this process; none where the server does not show them. */
export async function sessionsOfOthers(
  session: Pick<ClientSession, "read">,
  applicationUri: string,
): Promise<readonly string[]> {
  const asked = session.read({ nodeId: SESSION_DIAGNOSTICS_ARRAY, attributeId: VALUE });
  const { value } = await within({ ms: WITHIN_MS, late: noAnswerInTime }, asked);
  const list: unknown = value.value;
  if (!Array.isArray(list)) return [];
  return list.slice(0, MOST_SESSIONS).flatMap((each: unknown) => {
    const uri = member(member(each, "clientDescription"), "applicationUri");
    const name = member(each, "sessionName");
    if (uri !== applicationUri || typeof name !== "string" || name.includes(hubMark())) return [];
    return [name.slice(0, LONGEST_NAME)];
  });
}

/** Tells of others once; a session that this hub left behind is gone after its time-out, and none. */
export class OtherHubs {
  readonly #patienceMs: number;
  readonly #since = new Map<string, number>();
  readonly #told = new Set<string>();

  /** `patienceMs`: how long a session may be there before it is that of another. */
  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  /** Those that have been there for too long, each once. `nowMs`: a clock that never goes back. */
  news(names: readonly string[], nowMs: number): readonly string[] {
    for (const name of this.#since.keys()) if (!names.includes(name)) this.#since.delete(name);
    for (const name of names) if (!this.#since.has(name)) this.#since.set(name, nowMs);
    const found = names.filter((name) => {
      const isOld = nowMs - (this.#since.get(name) ?? nowMs) > this.#patienceMs;
      return isOld && !this.#told.has(name);
    });
    if (this.#told.size < MOST_SESSIONS) for (const name of found) this.#told.add(name);
    return found;
  }
}
