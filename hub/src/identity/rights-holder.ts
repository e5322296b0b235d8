/** Whose rights count when somebody tries what a client could do, without being it. */
import type { Access } from "./access.ts";
import type { Rights } from "./grants.ts";
import { RIGHTS_OF_NOBODY } from "./known-clients.ts";
import { rightsOf } from "./principal.ts";

export interface RightsHolder {
  /** As on the audit trail. */
  readonly actor: string;
  readonly clientId: string;
  readonly rights: Rights;
}

/** Left out both: somebody who shows nothing. With a user, the client identifier is one under which he would come. */
export interface WhoTries {
  readonly client?: string | undefined;
  readonly user?: string | undefined;
}

/** Answers a sentence when there is nobody of that name. */
export function rightsHolder(
  access: Pick<Access, "byId" | "gate" | "anonymous">,
  { client, user }: WhoTries,
): RightsHolder | string {
  const clientId = client ?? "";
  if (user !== undefined) {
    const principal = access.byId(`user:${user}`);
    if (principal === undefined) return `there is no user "${user}"`;
    return { actor: principal.id, clientId, rights: rightsOf(principal, clientId) };
  }
  if (client === undefined) {
    return { actor: "anonymous", clientId, rights: RIGHTS_OF_NOBODY[access.anonymous] };
  }
  const rights = access.gate.rightsOf(client);
  if (rights === undefined)
    return `client "${client}" has not come since the hub started: name its user`;
  return { actor: access.gate.actorOf(client), clientId, rights };
}
