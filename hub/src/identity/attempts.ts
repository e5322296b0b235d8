/**
 * Failed logins by address and by name. After some, both wait: 1, 2, 4 … seconds, up to a quarter of an hour, until a
 * while has passed without one. A name alone never locks out another address: an attacker could keep a PLC away.
 */

export interface AttemptLimits {
  /** Failures that cost nothing yet. */
  readonly free: number;
  readonly longestMs: number;
  /** After so long without a failure all is forgotten. */
  readonly forgetAfterMs: number;
}

const LIMITS: AttemptLimits = { free: 5, longestMs: 900_000, forgetAfterMs: 3_600_000 };
const FIRST_MS = 1000;
const MOST_ENTRIES = 100_000;

interface Entry {
  failures: number;
  lastAtMs: number;
  blockedUntilMs: number;
}

/** Whom a ban is for, and until when. */
export interface Ban {
  readonly address: string;
  readonly name: string | undefined;
  readonly failures: number;
  /** Milliseconds since 1970 UTC. */
  readonly until: number;
}

export interface AttemptOptions {
  readonly limits?: AttemptLimits;
  /** Somebody has to wait from now on. */
  readonly banned?: ((ban: Ban) => void) | undefined;
}

/** Who tries. `host:port` of the address without its port. */
interface Attempt {
  readonly address: string;
  readonly name: string;
}

export class LoginAttempts {
  readonly #limits: AttemptLimits;
  readonly #now: () => number;
  readonly #banned: AttemptOptions["banned"];
  #failures = 0;
  readonly #entries = new Map<string, Entry & Attempt>();

  /** `now`: milliseconds since 1970 UTC. */
  constructor(now: () => number, { limits = LIMITS, banned }: AttemptOptions = {}) {
    this.#now = now;
    this.#banned = banned;
    this.#limits = limits;
  }

  /** Milliseconds until this may be tried again; 0: at once. Ask before anything that is slow. */
  waitMs(attempt: Attempt): number {
    const waits = [this.#entry(attempt.address, attempt.name), this.#entry(attempt.address, "")];
    return Math.max(0, ...waits.map((entry) => (entry?.blockedUntilMs ?? 0) - this.#now()));
  }

  /** Failed logins since the hub started. */
  get failures(): number {
    return this.#failures;
  }

  failed({ address, name }: Attempt): void {
    this.#failures += 1;
    this.#count({ address, name }, this.#limits.free);
    // Many names from one address are guesses, too; a gateway with many devices may be wrong more often.
    this.#count({ address, name: "" }, this.#limits.free * 10);
  }

  succeeded({ address, name }: Attempt): void {
    this.#entries.delete(keyOf(address, name));
  }

  /** Who has to wait now. */
  bans(): readonly Ban[] {
    const now = this.#now();
    return [...this.#entries.values()]
      .filter(({ blockedUntilMs }) => blockedUntilMs > now)
      .map(({ address, name, failures, blockedUntilMs }) => ({
        address,
        name: name === "" ? undefined : name,
        failures,
        until: blockedUntilMs,
      }));
  }

  /** Ends a ban before its time; `undefined` for the whole address. */
  pardon(address: string, name?: string): boolean {
    return this.#entries.delete(keyOf(address, name ?? ""));
  }

  #count(attempt: Attempt, free: number): void {
    const key = keyOf(attempt.address, attempt.name);
    const now = this.#now();
    const known = this.#entry(attempt.address, attempt.name);
    const failures = (known?.failures ?? 0) + 1;
    const excess = failures - free;
    const pauseMs =
      excess <= 0 ? 0 : Math.min(FIRST_MS * 2 ** (excess - 1), this.#limits.longestMs);
    this.#entries.delete(key); // the newest last
    this.#entries.set(key, { ...attempt, failures, lastAtMs: now, blockedUntilMs: now + pauseMs });
    this.#forgetSome();
    if (excess !== 1) return; // it only becomes longer
    const { address, name } = attempt;
    this.#banned?.({
      address,
      name: name === "" ? undefined : name,
      failures,
      until: now + pauseMs,
    });
  }

  #entry(address: string, name: string): (Entry & Attempt) | undefined {
    const key = keyOf(address, name);
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (this.#now() - entry.lastAtMs <= this.#limits.forgetAfterMs) return entry;
    this.#entries.delete(key);
    return undefined;
  }

  /** The oldest go: an attacker with many addresses must not fill the memory. */
  #forgetSome(): void {
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= MOST_ENTRIES) return;
      this.#entries.delete(key);
    }
  }
}

function keyOf(address: string, name: string): string {
  return `${address}\0${name}`;
}
