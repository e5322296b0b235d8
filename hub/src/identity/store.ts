/**
 * Who may come in, on disk: users, tokens and shared keys with their roles and grants, in one file that only its owner may
 * read and that is replaced as a whole. Hashes stand in it; only the shared keys are as they are, because TLS needs them.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { ConfigError, parseWith } from "@unshub/adapter";
import { ROLES } from "./roles.ts";

const moment = z.number().int();

const userSchema = z.strictObject({
  name: z.string(),
  role: z.enum(ROLES),
  grants: z.array(z.string()),
  /** argon2id; without one the user comes in by certificate or JWT only. */
  password: z.string().optional(),
  isDisabled: z.boolean().default(false),
  createdAt: moment,
});

const tokenSchema = z.strictObject({
  name: z.string(),
  role: z.enum(ROLES),
  grants: z.array(z.string()),
  /** SHA-256 of the secret. */
  hash: z.string(),
  createdAt: moment,
  expiresAt: moment,
  createdBy: z.string(),
});

const pskSchema = z.strictObject({
  name: z.string(),
  role: z.enum(ROLES),
  grants: z.array(z.string()),
  /** Hex. */
  key: z.string(),
  createdAt: moment,
  createdBy: z.string(),
});

const fileSchema = z.strictObject({
  version: z.literal(1),
  users: z.array(userSchema),
  tokens: z.array(tokenSchema),
  psks: z.array(pskSchema).default([]),
});

export type StoredUser = Readonly<z.output<typeof userSchema>>;
export type StoredToken = Readonly<z.output<typeof tokenSchema>>;

export type StoredPsk = Readonly<z.output<typeof pskSchema>>;

/** The file cannot be read, or is not ours. */
export class IdentityFileError extends Error {
  override readonly name = "IdentityFileError";
}

/** By name. */
interface Known {
  readonly users: ReadonlyMap<string, StoredUser>;
  readonly tokens: ReadonlyMap<string, StoredToken>;
  readonly psks: ReadonlyMap<string, StoredPsk>;
}

/** Users, tokens and shared keys by name. A change is on disk before it holds: it throws when it cannot be written. */
export class IdentityStore {
  readonly #file: string;
  #known: Known;
  readonly #lastUse = new Map<string, number>();

  /** @throws {IdentityFileError} a hub that cannot read who may come in lets nobody in. */
  constructor(file: string) {
    this.#file = file;
    const { users, tokens, psks } = contentsOf(file);
    this.#known = { users: byName(users), tokens: byName(tokens), psks: byName(psks) };
  }

  get users(): readonly StoredUser[] {
    return [...this.#known.users.values()];
  }

  get tokens(): readonly StoredToken[] {
    return [...this.#known.tokens.values()];
  }

  get psks(): readonly StoredPsk[] {
    return [...this.#known.psks.values()];
  }

  user(name: string): StoredUser | undefined {
    return this.#known.users.get(name);
  }

  token(name: string): StoredToken | undefined {
    return this.#known.tokens.get(name);
  }

  psk(name: string): StoredPsk | undefined {
    return this.#known.psks.get(name);
  }

  /** Whether anybody is called so. */
  has(name: string): boolean {
    const { users, tokens, psks } = this.#known;
    return users.has(name) || tokens.has(name) || psks.has(name);
  }

  /** Whether somebody can change who comes in. */
  get hasAdmin(): boolean {
    return this.users.some(
      ({ role, isDisabled, password }) => role === "admin" && !isDisabled && password !== undefined,
    );
  }

  putUser(user: StoredUser): void {
    this.#replace({ users: withOne(this.#known.users, user) });
  }

  deleteUser(name: string): void {
    this.#replace({ users: without(this.#known.users, name) });
  }

  putToken(token: StoredToken): void {
    this.#replace({ tokens: withOne(this.#known.tokens, token) });
  }

  deleteToken(name: string): void {
    this.#replace({ tokens: without(this.#known.tokens, name) });
  }

  putPsk(psk: StoredPsk): void {
    this.#replace({ psks: withOne(this.#known.psks, psk) });
  }

  deletePsk(name: string): void {
    this.#replace({ psks: without(this.#known.psks, name) });
  }

  /** When a token was used last, since the hub started. Milliseconds since 1970 UTC. */
  lastUse(name: string): number | undefined {
    return this.#lastUse.get(name);
  }

  used(name: string, at: number): void {
    this.#lastUse.set(name, at);
  }

  #replace(changed: Partial<Known>): void {
    const known = { ...this.#known, ...changed };
    const contents = {
      version: 1,
      users: [...known.users.values()],
      tokens: [...known.tokens.values()],
      psks: [...known.psks.values()],
    };
    const text = `${JSON.stringify(contents, undefined, 2)}\n`;
    writeFileSync(`${this.#file}.new`, text, { mode: 0o600, flush: true });
    renameSync(`${this.#file}.new`, this.#file);
    this.#known = known;
  }
}

function byName<One extends { readonly name: string }>(
  all: readonly One[],
): ReadonlyMap<string, One> {
  return new Map(all.map((one) => [one.name, one]));
}

function withOne<One extends { readonly name: string }>(
  all: ReadonlyMap<string, One>,
  one: One,
): ReadonlyMap<string, One> {
  return new Map(all).set(one.name, one);
}

function without<One>(all: ReadonlyMap<string, One>, name: string): ReadonlyMap<string, One> {
  return new Map(Array.from(all).filter(([each]) => each !== name));
}

/** The text of such a file without the shared keys, and how many those were; a text that is none of ours stays as it is. */
export function withoutSharedKeys(text: string): { readonly text: string; readonly count: number } {
  try {
    const contents = parseWith(fileSchema, JSON.parse(text));
    const rest = { ...contents, psks: [] };
    return { text: `${JSON.stringify(rest, undefined, 2)}\n`, count: contents.psks.length };
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof SyntaxError)) throw error;
    return { text, count: 0 };
  }
}

function contentsOf(file: string): z.output<typeof fileSchema> {
  if (!existsSync(file)) return { version: 1, users: [], tokens: [], psks: [] };
  try {
    return parseWith(fileSchema, JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    if (!(cause instanceof ConfigError || cause instanceof SyntaxError)) throw cause;
    const message = `${file} cannot be read: ${cause.message}; put back a copy, or delete it to begin anew`;
    throw new IdentityFileError(message, { cause });
  }
}
