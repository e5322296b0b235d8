/**
 * Sessions of people at the page, kept as hashes in a file of their own, so that a restart of the hub signs nobody out. A
 * session ends after a while without use, at the latest after a shift, and when the password that opened it is no longer
 * the user's.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { hashSecret, newSecret } from "./secret.ts";

const moment = z.int();

const sessionSchema = z.strictObject({
  /** Names it where it is listed and ended; no secret. */
  id: z.string(),
  /** SHA-256 of what the browser shows. */
  hash: z.string(),
  user: z.string(),
  /** Of the password that opened it. */
  credential: z.string(),
  openedAt: moment,
  usedAt: moment,
  endsAt: moment,
  address: z.string(),
  browser: z.string(),
});
const fileSchema = z.strictObject({ version: z.literal(1), sessions: z.array(sessionSchema) });

export type Session = Readonly<z.output<typeof sessionSchema>>;

/** How long sessions last, in milliseconds. */
export interface SessionTimes {
  /** Without use. */
  readonly idleMs: number;
  readonly longestMs: number;
}

export interface SessionOptions extends SessionTimes {
  readonly file: string;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** The file cannot be written; told again only after it could be. */
  readonly failed?: (cause: unknown) => void;
}

/** Who opens a session, from where. */
export interface SessionOpening {
  readonly user: string;
  readonly credential: string;
  readonly address: string;
  readonly browser: string;
}

const MOST_PER_USER = 20;
const LONGEST_BROWSER = 200;
/** Times of use are written down so often, not at each request. */
const WRITE_EVERY_MS = 60_000;

export class Sessions {
  readonly #options: SessionOptions;
  /** By the hash of the secret, the oldest first. */
  readonly #sessions: Map<string, Session>;
  #writtenAt = 0;
  /** The file does not have all of it. */
  #isUnsaved = false;
  #isBroken = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#sessions = new Map(contentsOf(options.file).map((session) => [session.hash, session]));
  }

  /** A new session and its secret, which is shown this once. */
  open({ browser, ...opening }: SessionOpening): { readonly secret: string; readonly id: string } {
    const now = this.#options.now();
    const secret = newSecret("");
    const session: Session = {
      ...opening,
      id: newSecret("").slice(0, 16),
      hash: hashSecret(secret),
      browser: browser.slice(0, LONGEST_BROWSER),
      openedAt: now,
      usedAt: now,
      endsAt: now + this.#options.longestMs,
    };
    for (const old of this.of(opening.user).slice(0, 1 - MOST_PER_USER)) {
      this.#sessions.delete(old.hash);
    }
    this.#sessions.set(session.hash, session);
    this.#trySave();
    return { secret, id: session.id };
  }

  /** The session of a secret, which is used now; `undefined`: there is none, or it has ended. */
  use(secret: string): Session | undefined {
    const session = this.#sessions.get(hashSecret(secret));
    if (session === undefined || !this.#lasts(session)) return undefined;
    return this.#touch(session);
  }

  /** As `use`, of a page that stays open. */
  useById(id: string): Session | undefined {
    const session = this.#byId(id);
    if (session === undefined || !this.#lasts(session)) return undefined;
    return this.#touch(session);
  }

  /** Those that last, the oldest first. */
  of(user: string | undefined): readonly Session[] {
    return [...this.#sessions.values()].filter(
      (session) => (user === undefined || session.user === user) && this.#lasts(session),
    );
  }

  end(id: string): Session | undefined {
    const session = this.#byId(id);
    if (session === undefined) return undefined;
    this.#sessions.delete(session.hash);
    this.#trySave();
    return session;
  }

  /** The password was changed in this session: it goes on, all others of the user end. */
  renew(id: string, credential: string): void {
    const kept = this.#byId(id);
    if (kept === undefined) return;
    for (const { hash } of this.of(kept.user)) this.#sessions.delete(hash);
    this.#sessions.set(kept.hash, { ...kept, credential });
    this.#trySave(); // those that end do so by the password too, which stands elsewhere
  }

  /** Forgets what has ended and writes down what was used. Call it now and then. */
  sweep(): void {
    if (this.#options.now() - this.#writtenAt < WRITE_EVERY_MS) return;
    let isChanged = this.#isUnsaved;
    for (const session of this.#sessions.values()) {
      if (!this.#lasts(session)) isChanged = this.#sessions.delete(session.hash);
    }
    if (isChanged) this.#trySave();
  }

  #byId(id: string): Session | undefined {
    return [...this.#sessions.values()].find((session) => session.id === id);
  }

  #touch(session: Session): Session {
    const used = { ...session, usedAt: this.#options.now() };
    this.#sessions.set(session.hash, used);
    this.#isUnsaved = true;
    return used;
  }

  #lasts({ usedAt, endsAt }: Session): boolean {
    const now = this.#options.now();
    return now < endsAt && now - usedAt < this.#options.idleMs;
  }

  /** A full disk keeps nobody out, nor in: what cannot be written holds as long as the hub runs, and is tried again. */
  #trySave(): void {
    try {
      this.#save();
      this.#isBroken = false;
    } catch (cause) {
      if (!this.#isBroken) this.#options.failed?.(cause);
      this.#isBroken = true;
      this.#isUnsaved = true;
      this.#writtenAt = this.#options.now();
    }
  }

  #save(): void {
    const { file, now } = this.#options;
    const contents = { version: 1, sessions: [...this.#sessions.values()] };
    writeFileSync(`${file}.new`, `${JSON.stringify(contents, undefined, 2)}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
    this.#writtenAt = now();
    this.#isUnsaved = false;
  }
}

/** A file that cannot be read costs everybody a new login and nothing else. */
function contentsOf(file: string): readonly Session[] {
  if (!existsSync(file)) return [];
  try {
    const read = fileSchema.safeParse(JSON.parse(readFileSync(file, "utf8")));
    return read.success ? read.data.sessions : [];
  } catch (cause) {
    if (cause instanceof SyntaxError) return [];
    throw cause;
  }
}
