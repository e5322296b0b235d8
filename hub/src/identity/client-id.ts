/** Which client identifiers are whose. */
import type { ConnectingClient } from "../broker/index.ts";
import type { Somebody } from "./mqtt-notes.ts";

/**
 * A client of a user is called as the user, or begins so with a dash: no user can keep another's clients away by taking
 * their identifiers. Edge nodes and hosts choose freely among what is nobody's name.
 */
export function clientIdFault(
  { clientId, isIdGiven }: Pick<ConnectingClient, "clientId" | "isIdGiven">,
  principal: Somebody,
  isName: (name: string) => boolean,
): string | undefined {
  if (typeof principal !== "object" || isIdGiven === true) return undefined;
  const { name, grants } = principal;
  const isOwn = clientId === name || clientId.startsWith(`${name}-`);
  const isFree = grants.some(({ kind }) => kind === "node" || kind === "host");
  if (!isOwn && !isFree) {
    return `the client identifier of ${name} must be "${name}" or begin with "${name}-"`;
  }
  const other = namesIn(clientId).find(
    (each) => each.length > (isOwn ? name.length : 0) && isName(each),
  );
  return other === undefined || other === name
    ? undefined
    : `the client identifier is one of ${other}`;
}

/** Whose client identifier it may be: `a-b-c` is one of `a`, `a-b` or `a-b-c`. */
function namesIn(clientId: string): readonly string[] {
  const ends = [...clientId.matchAll(/-/g)].map(({ index }) => index);
  return [...ends, clientId.length]
    .map((end) => clientId.slice(0, end))
    .filter((name) => name !== "");
}
