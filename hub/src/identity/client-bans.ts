/** Client identifiers that may not come in for a while, because a person said so. They end with the hub at the latest. */

export interface ClientBan {
  readonly clientId: string;
  /** Milliseconds since 1970 UTC. */
  readonly since: number;
  readonly until: number;
  /** Who said so, as on the audit trail. */
  readonly by: string;
  readonly reason: string | undefined;
}

/** People ban a few; more is a mistake or an attack. */
const MOST_BANS = 1000;

export class ClientBans {
  readonly #now: () => number;
  readonly #bans = new Map<string, ClientBan>();

  /** `now`: milliseconds since 1970 UTC. */
  constructor(now: () => number) {
    this.#now = now;
  }

  hasRoomFor(clientId: string): boolean {
    this.#forgetOver();
    return this.#bans.size < MOST_BANS || this.#bans.has(clientId);
  }

  /** Replaces the one that is there. */
  put(ban: ClientBan): void {
    this.#bans.set(ban.clientId, ban);
  }

  lift(clientId: string): void {
    this.#bans.delete(clientId);
  }

  /** The one that holds now. */
  of(clientId: string): ClientBan | undefined {
    const ban = this.#bans.get(clientId);
    return ban !== undefined && ban.until > this.#now() ? ban : undefined;
  }

  /** Why nobody may come in by an identifier now; `undefined`: anybody may. */
  faultOf(clientId: string): string | undefined {
    const ban = this.of(clientId);
    return ban && `it is banned until ${new Date(ban.until).toISOString()}${reasonOf(ban)}`;
  }

  /** Those that hold now, in the order of their client identifiers. */
  all(): readonly ClientBan[] {
    this.#forgetOver();
    return [...this.#bans.values()].toSorted((a, b) => (a.clientId < b.clientId ? -1 : 1));
  }

  #forgetOver(): void {
    for (const [clientId, { until }] of this.#bans) {
      if (until <= this.#now()) this.#bans.delete(clientId);
    }
  }
}

function reasonOf({ reason }: ClientBan): string {
  return reason === undefined ? "" : `: ${reason}`;
}
