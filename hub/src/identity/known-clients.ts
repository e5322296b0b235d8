/**
 * Who the clients at the MQTT server turned out to be, and what each may: while it connects, while it is in, and while a
 * session waits for it.
 */
import { isDeepStrictEqual } from "node:util";
import type { ConnectingClient } from "../broker/index.ts";
import { EVERYTHING, NOTHING, READING, type Rights } from "./grants.ts";
import type { Somebody } from "./mqtt-notes.ts";
import { rightsOf, type Principal } from "./principal.ts";

/** What somebody may who shows nothing. */
export type Anonymous = "none" | "read" | "full";

/** Who a client turned out to be. Changes with its rights, for all who hold it. */
export interface Known {
  readonly clientId: string;
  principal: Somebody;
  rights: Rights;
}

export const RIGHTS_OF_NOBODY = { none: NOTHING, read: READING, full: EVERYTHING } as const;
export const HUB: Known = { clientId: "", principal: "hub", rights: EVERYTHING };

export function knownAs(principal: Principal, clientId: string): Known {
  return { clientId, principal, rights: rightsOf(principal, clientId) };
}

export function isUnlimited({ rights }: Known): boolean {
  return rights === EVERYTHING;
}

export class KnownClients {
  /** Who a principal is now; `undefined`: nobody any more. */
  readonly #current: (principal: Principal) => Principal | undefined;
  /** By connection: whoever only tries to come in under the identifier of another changes nothing for that one. */
  readonly #byConnection = new WeakMap<ConnectingClient, Known>();
  /** Those that are in, by client identifier, and those that are away with a session, for what waits for them. */
  readonly #byId = new Map<string, { readonly client: ConnectingClient; readonly known: Known }>();
  /** Those that are about to come in. */
  readonly #arriving = new Set<Known>();

  constructor(current: (principal: Principal) => Principal | undefined) {
    this.#current = current;
  }

  /** Who is at the other end of a connection. */
  of(client: ConnectingClient): Known | undefined {
    return this.#byConnection.get(client);
  }

  /** Who is in, or has a session, under an identifier. */
  withId(clientId: string): Known | undefined {
    return this.#byId.get(clientId)?.known;
  }

  /** It may come in. */
  arriving(client: ConnectingClient, known: Known): void {
    this.#byConnection.set(client, known);
    this.#arriving.add(known);
  }

  /** It is in. Answers whether it has come back with other rights. */
  arrived(client: ConnectingClient, known: Known): boolean {
    this.#arriving.delete(known);
    const { clientId, clean } = client;
    const before = this.withId(clientId);
    this.#byId.set(clientId, { client, known });
    return !(before === undefined ? clean || isUnlimited(known) : sameRights(before, known));
  }

  /** It has gone; its session stays, unless it said that it does not. */
  left(client: ConnectingClient): void {
    const isLast = this.#byId.get(client.clientId)?.client === client;
    if (isLast && client.sessionExpirySeconds === 0) this.#byId.delete(client.clientId);
  }

  /** Forgets those that have no session any longer. */
  keepOnly(clientIds: ReadonlySet<string>): void {
    this.#arriving.clear(); // of those that were refused after all
    for (const clientId of this.#byId.keys()) {
      if (!clientIds.has(clientId)) this.#byId.delete(clientId);
    }
  }

  /** Clients get the rights that they have now; answers which may no longer be there. */
  renew(): readonly string[] {
    for (const known of this.#arriving) this.#renewed(known);
    return this.#gone((known) => this.#renewed(known));
  }

  /** Those whose time is over. `now`: milliseconds since 1970 UTC. */
  expired(now: number): readonly string[] {
    return this.#gone(({ principal }) => {
      return typeof principal !== "object" || (principal.expiresAt ?? Infinity) > now;
    });
  }

  #gone(stays: (known: Known) => boolean): readonly string[] {
    const gone = [...this.#byId].filter(([, { known }]) => !stays(known));
    for (const [clientId, { known }] of gone) {
      known.rights = NOTHING;
      this.#byId.delete(clientId);
    }
    return gone.map(([clientId]) => clientId);
  }

  /** Whether there still is such a principal. */
  #renewed(known: Known): boolean {
    if (typeof known.principal !== "object") return true;
    const current = this.#current(known.principal);
    if (current === undefined) {
      known.rights = NOTHING;
      return false;
    }
    known.principal = current;
    known.rights = rightsOf(current, known.clientId);
    return true;
  }
}

/** Whether what the broker knows of its topics still holds. */
function sameRights(before: Known, after: Known): boolean {
  if (before.rights === after.rights) return true;
  const [old, young] = [before.principal, after.principal];
  if (typeof old !== "object" || typeof young !== "object") return false;
  return before.rights !== NOTHING && isDeepStrictEqual(old.grants, young.grants);
}
