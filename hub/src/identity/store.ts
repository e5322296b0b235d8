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

/** Users, tokens and shared keys by name. */
export class IdentityStore {
  readonly #file: string;
  readonly #users: Map<string, StoredUser>;
  readonly #tokens: Map<string, StoredToken>;
  readonly #psks: Map<string, StoredPsk>;
  readonly #lastUse = new Map<string, number>();

  /** @throws {IdentityFileError} a hub that cannot read who may come in lets nobody in. */
  constructor(file: string) {
    this.#file = file;
    const { users, tokens, psks } = contentsOf(file);
    this.#users = new Map(users.map((user) => [user.name, user]));
    this.#tokens = new Map(tokens.map((token) => [token.name, token]));
    this.#psks = new Map(psks.map((psk) => [psk.name, psk]));
  }

  get users(): readonly StoredUser[] {
    return [...this.#users.values()];
  }

  get tokens(): readonly StoredToken[] {
    return [...this.#tokens.values()];
  }

  get psks(): readonly StoredPsk[] {
    return [...this.#psks.values()];
  }

  user(name: string): StoredUser | undefined {
    return this.#users.get(name);
  }

  token(name: string): StoredToken | undefined {
    return this.#tokens.get(name);
  }

  psk(name: string): StoredPsk | undefined {
    return this.#psks.get(name);
  }

  /** Whether anybody is called so. */
  has(name: string): boolean {
    return this.#users.has(name) || this.#tokens.has(name) || this.#psks.has(name);
  }

  /** Whether somebody can change who comes in. */
  get hasAdmin(): boolean {
    return this.users.some(
      ({ role, isDisabled, password }) => role === "admin" && !isDisabled && password !== undefined,
    );
  }

  putUser(user: StoredUser): void {
    this.#users.set(user.name, user);
    this.#save();
  }

  deleteUser(name: string): boolean {
    const isKnown = this.#users.delete(name);
    if (isKnown) this.#save();
    return isKnown;
  }

  putToken(token: StoredToken): void {
    this.#tokens.set(token.name, token);
    this.#save();
  }

  deleteToken(name: string): boolean {
    const isKnown = this.#tokens.delete(name);
    if (isKnown) this.#save();
    return isKnown;
  }

  putPsk(psk: StoredPsk): void {
    this.#psks.set(psk.name, psk);
    this.#save();
  }

  deletePsk(name: string): boolean {
    const isKnown = this.#psks.delete(name);
    if (isKnown) this.#save();
    return isKnown;
  }

  /** When a token was used last, since the hub started. Milliseconds since 1970 UTC. */
  lastUse(name: string): number | undefined {
    return this.#lastUse.get(name);
  }

  used(name: string, at: number): void {
    this.#lastUse.set(name, at);
  }

  #save(): void {
    const next = `${this.#file}.new`;
    const contents = { version: 1, users: this.users, tokens: this.tokens, psks: this.psks };
    writeFileSync(next, `${JSON.stringify(contents, undefined, 2)}\n`, {
      mode: 0o600,
      flush: true,
    });
    renameSync(next, this.#file);
  }
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
