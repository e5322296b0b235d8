/**
 * Client identifiers that may not come in, for a while or until somebody lets them in again, because a person said so. They
 * are on disk before they hold, in a file that only its owner may read and that is replaced as a whole: a restart of the
 * hub lets nobody in.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { ConfigError, parseWith } from "@unshub/adapter";
import { z } from "zod";
import { IdentityFileError } from "./store.ts";

const moment = z.number().int();
const banSchema = z.strictObject({
  clientId: z.string(),
  /** Milliseconds since 1970 UTC; `until`: left out, somebody must lift it. */
  since: moment,
  until: moment.optional(),
  /** Who said so, as on the audit trail. */
  by: z.string(),
  reason: z.string().optional(),
});
const fileSchema = z.strictObject({ version: z.literal(1), bans: z.array(banSchema) });

export type ClientBan = Readonly<z.output<typeof banSchema>>;

/** People ban a few; more is a mistake or an attack. */
const MOST_BANS = 1000;

export class ClientBans {
  readonly #file: string;
  readonly #now: () => number;
  readonly #bans: Map<string, ClientBan>;

  /**
   * `now`: milliseconds since 1970 UTC.
   * @throws {IdentityFileError} a hub that cannot read whom it keeps out lets nobody in.
   */
  constructor(file: string, now: () => number) {
    this.#file = file;
    this.#now = now;
    this.#bans = new Map(contentsOf(file).map((ban) => [ban.clientId, ban]));
  }

  hasRoomFor(clientId: string): boolean {
    return this.all().length < MOST_BANS || this.#bans.has(clientId);
  }

  /** Replaces the one that is there. @throws when it cannot be written; then nothing has changed. */
  put(ban: ClientBan): void {
    this.#save([...this.#others(ban.clientId), ban]);
    this.#bans.set(ban.clientId, ban);
  }

  /** @throws as `put` does. */
  lift(clientId: string): void {
    this.#save(this.#others(clientId));
    this.#bans.delete(clientId);
  }

  /** The one that holds now. */
  of(clientId: string): ClientBan | undefined {
    const ban = this.#bans.get(clientId);
    return ban !== undefined && this.#holds(ban) ? ban : undefined;
  }

  /** Why nobody may come in by an identifier now; `undefined`: anybody may. */
  faultOf(clientId: string): string | undefined {
    const ban = this.of(clientId);
    if (ban === undefined) return undefined;
    const { until, reason } = ban;
    const why = reason === undefined ? "" : `: ${reason}`;
    if (until === undefined) return `it is banned until somebody lets it in${why}`;
    return `it is banned until ${new Date(until).toISOString()}${why}`;
  }

  /** Those that hold now, in the order of their client identifiers. */
  all(): readonly ClientBan[] {
    for (const [clientId, ban] of this.#bans) {
      if (!this.#holds(ban)) this.#bans.delete(clientId);
    }
    return [...this.#bans.values()].toSorted((a, b) => (a.clientId < b.clientId ? -1 : 1));
  }

  #holds({ until }: ClientBan): boolean {
    return until === undefined || until > this.#now();
  }

  #others(clientId: string): readonly ClientBan[] {
    return this.all().filter((ban) => ban.clientId !== clientId);
  }

  #save(bans: readonly ClientBan[]): void {
    const next = `${this.#file}.new`;
    const text = `${JSON.stringify({ version: 1, bans }, undefined, 2)}\n`;
    writeFileSync(next, text, { mode: 0o600, flush: true });
    renameSync(next, this.#file);
  }
}

function contentsOf(file: string): readonly ClientBan[] {
  if (!existsSync(file)) return [];
  try {
    return parseWith(fileSchema, JSON.parse(readFileSync(file, "utf8"))).bans;
  } catch (cause) {
    if (!(cause instanceof ConfigError || cause instanceof SyntaxError)) throw cause;
    const message = `${file} cannot be read: ${cause.message}; put back a copy, or delete it to keep nobody out`;
    throw new IdentityFileError(message, { cause });
  }
}
