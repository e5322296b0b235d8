/**
 * All of identity in one: files, who comes in over MQTT and HTTP, and the changes that people make. What they may do is
 * asked here; what they did is on the audit trail.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "@unshub/adapter";
import type { PublishedMessage } from "../broker/index.ts";
import { LoginAttempts } from "./attempts.ts";
import { Audit, type AuditEntry, type Via } from "./audit.ts";
import { Authenticator, TOKEN_PREFIX } from "./authenticator.ts";
import { MqttGate, type Anonymous } from "./mqtt-gate.ts";
import { hashPassword, PasswordCheck } from "./password.ts";
import { principalOf, type Principal } from "./principal.ts";
import { readGrant } from "./grant-text.ts";
import type { Role } from "./roles.ts";
import { hashSecret, isSameHash, newSecret } from "./secret.ts";
import { IdentityStore, type StoredToken, type StoredUser } from "./store.ts";

export interface AccessOptions {
  readonly dataDir: string;
  readonly anonymous: Anonymous;
  readonly log: Logger;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** The names of the metrics that a command writes; `undefined`: its payload cannot be read. */
  metricsOf(message: PublishedMessage): readonly string[] | undefined;
  /** Rights have changed: the broker asks again, and these clients may no longer be there. */
  changed(gone: readonly string[]): void;
}

/** Who makes a change, for the audit trail. */
export interface Changer {
  readonly principal: Principal;
  readonly via: Via;
  readonly address: string;
}

/** A user as others may know it. */
export type ShownUser = Omit<StoredUser, "password"> & { readonly hasPassword: boolean };
export type ShownToken = Omit<StoredToken, "hash"> & { readonly lastUsedAt: number | undefined };

/** What a user shall be. A password that is left out stays. */
export interface UserChange {
  readonly name: string;
  readonly role: Role;
  readonly grants: readonly string[];
  readonly password?: string | undefined;
  readonly isDisabled?: boolean | undefined;
}

export interface TokenChange {
  readonly name: string;
  readonly role: Role;
  readonly grants: readonly string[];
  /** Milliseconds since 1970 UTC. */
  readonly expiresAt: number;
}

/** Nothing was changed, and why. */
export class AccessError extends Error {
  override readonly name = "AccessError";
}

/** Of the first administrator, who has no account yet. */
const CODE_FILE = "first-admin-code";
const CODE_LASTS_MS = 3_600_000;
const SHORTEST_PASSWORD = 8;
const LONGEST_TOKEN_MS = 366 * 86_400_000;
const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u;

export class Access {
  readonly gate: MqttGate;
  readonly attempts: LoginAttempts;
  readonly audit: Audit;
  readonly authenticator: Authenticator;
  readonly #options: AccessOptions;
  readonly #store: IdentityStore;
  readonly #passwords: PasswordCheck;
  #code: { readonly hash: string; readonly until: number } | undefined;

  /** @throws {IdentityFileError} a hub that cannot read who may come in lets nobody in. */
  constructor(options: AccessOptions) {
    const { dataDir, anonymous, now } = options;
    this.#options = options;
    this.#store = new IdentityStore(join(dataDir, "identity.json"));
    this.#passwords = new PasswordCheck(now);
    this.attempts = new LoginAttempts(now);
    this.audit = new Audit({ file: join(dataDir, "audit.jsonl"), now });
    const { attempts } = this;
    const parts = { store: this.#store, passwords: this.#passwords, attempts, now };
    this.authenticator = new Authenticator(parts);
    const { authenticator, audit } = this;
    const metricsOf = (message: PublishedMessage) => options.metricsOf(message);
    this.gate = new MqttGate({ authenticator, anonymous, audit, metricsOf });
    if (anonymous === "none" && !this.#store.hasAdmin) this.#offerCode();
  }

  get anonymous(): Anonymous {
    return this.#options.anonymous;
  }

  get users(): readonly ShownUser[] {
    return this.#store.users.map(({ password, ...user }) => ({
      ...user,
      hasPassword: password !== undefined,
    }));
  }

  get tokens(): readonly ShownToken[] {
    return this.#store.tokens.map(({ hash: _hash, ...token }) => ({
      ...token,
      lastUsedAt: this.#store.lastUse(token.name),
    }));
  }

  /** Writes who did what; call it before it is done. @throws when it cannot be written: then it must not be done. */
  note(by: Changer, entry: Omit<AuditEntry, "actor" | "via" | "address">): void {
    this.audit.write({ actor: by.principal.id, via: by.via, address: by.address, ...entry });
  }

  /** The first administrator, by the code that the hub has shown. @throws {AccessError} */
  async makeFirstAdmin(code: string, change: UserChange, address: string): Promise<void> {
    const { now } = this.#options;
    const isRight = this.#code !== undefined && isSameHash(hashSecret(code), this.#code.hash);
    if (!isRight || this.#code === undefined || this.#code.until < now() || this.#store.hasAdmin) {
      this.attempts.failed({ address, name: "" });
      throw new AccessError(
        "this is not the code that the hub showed when it started, or its hour is over",
      );
    }
    const admin = principalOf({ source: "hub", name: "first start", role: "admin", grants: [] });
    await this.putUser({ ...change, role: "admin" }, { principal: admin, via: "console", address });
    this.#code = undefined;
    rmSync(join(this.#options.dataDir, CODE_FILE), { force: true });
  }

  /** Adds or changes a user. @throws {AccessError} with everything that is wrong. */
  async putUser(change: UserChange, by: Changer): Promise<void> {
    const { name, password } = change;
    const before = this.#store.user(name);
    checkChange(change, by);
    const user = await this.#changed(before, change);
    const object = `user ${name}`;
    this.note(by, {
      action: before === undefined ? "user added" : "user changed",
      object,
      before: before && withoutSecret(before),
      after: { ...withoutSecret(user), ...(password !== undefined && { password: "changed" }) },
      result: "done",
    });
    this.#store.putUser(user);
    this.#rightsChanged();
  }

  async #changed(before: StoredUser | undefined, change: UserChange): Promise<StoredUser> {
    const { name, role, grants, password } = change;
    if (password !== undefined && password.length < SHORTEST_PASSWORD) {
      throw new AccessError(`the password needs at least ${SHORTEST_PASSWORD} characters`);
    }
    const hash = password === undefined ? before?.password : await hashPassword(password);
    return {
      name,
      role,
      grants: [...grants],
      ...(hash !== undefined && { password: hash }),
      isDisabled: change.isDisabled ?? before?.isDisabled ?? false,
      createdAt: before?.createdAt ?? this.#options.now(),
    };
  }

  /** A new password for a user, who keeps everything else. @throws {AccessError} */
  async setPassword(name: string, password: string, by: Changer): Promise<void> {
    const before = this.#store.user(name);
    if (before === undefined) throw new AccessError(`there is no user "${name}"`);
    const user = await this.#changed(before, { ...before, password });
    this.note(by, { action: "password changed", object: `user ${name}`, result: "done" });
    this.#store.putUser(user);
    this.#rightsChanged();
  }

  /** Changes with the password of a user; `undefined`: nobody signs in by that name. */
  credentialOf(name: string): string | undefined {
    const user = this.#store.user(name);
    if (user?.password === undefined || user.isDisabled) return undefined;
    return hashSecret(user.password);
  }

  /** Whether the hub waits for its first administrator. */
  get awaitsFirstAdmin(): boolean {
    return (
      this.#code !== undefined && this.#code.until > this.#options.now() && !this.#store.hasAdmin
    );
  }

  /** @throws {AccessError} for the last administrator. `false`: there was none. */
  deleteUser(name: string, by: Changer): boolean {
    const before = this.#store.user(name);
    if (before === undefined) return false;
    const others = this.#store.users.filter(
      (user) => user.name !== name && user.role === "admin" && !user.isDisabled,
    );
    if (before.role === "admin" && others.length === 0) {
      throw new AccessError(`${name} is the last administrator; make another one first`);
    }
    const object = `user ${name}`;
    this.note(by, {
      action: "user deleted",
      object,
      before: withoutSecret(before),
      result: "done",
    });
    this.#store.deleteUser(name);
    this.#rightsChanged();
    return true;
  }

  /** A new token; its secret is shown this once. @throws {AccessError} */
  addToken(change: TokenChange, by: Changer): string {
    const { name, role, grants, expiresAt } = change;
    const now = this.#options.now();
    checkChange(change, by);
    if (this.#store.token(name) !== undefined) {
      throw new AccessError(`there is a token "${name}" already; delete it first`);
    }
    if (expiresAt <= now || expiresAt - now > LONGEST_TOKEN_MS) {
      throw new AccessError("a token ends in the future, within a year");
    }
    const secret = newSecret(TOKEN_PREFIX);
    const after = { role, grants, expiresAt };
    this.note(by, { action: "token added", object: `token ${name}`, after, result: "done" });
    this.#store.putToken({
      name,
      role,
      grants: [...grants],
      hash: hashSecret(secret),
      createdAt: now,
      expiresAt,
      createdBy: by.principal.id,
    });
    return secret;
  }

  deleteToken(name: string, by: Changer): boolean {
    if (this.#store.token(name) === undefined) return false;
    this.note(by, { action: "token deleted", object: `token ${name}`, result: "done" });
    this.#store.deleteToken(name);
    this.#rightsChanged();
    return true;
  }

  /** Who a principal is now; `undefined`: nobody any more. */
  current({ source, name }: Principal): Principal | undefined {
    if (source === "user") {
      const user = this.#store.user(name);
      return user === undefined || user.isDisabled ? undefined : principalOf({ source, ...user });
    }
    if (source !== "token") return undefined;
    const token = this.#store.token(name);
    const isValid = token !== undefined && token.expiresAt > this.#options.now();
    return isValid ? principalOf({ source, ...token }) : undefined;
  }

  /** Call it once a minute, and before the end. */
  sweep(): void {
    this.audit.flush();
    const gone = this.gate.changed((principal) => this.current(principal));
    if (gone.length > 0) this.#options.changed(gone);
  }

  #rightsChanged(): void {
    this.#passwords.forget();
    this.#options.changed(this.gate.changed((principal) => this.current(principal)));
  }

  /** Shown on the console and in a file that only its owner may read. */
  #offerCode(): void {
    const { dataDir, log, now } = this.#options;
    const file = join(dataDir, CODE_FILE);
    const code = newSecret("").slice(0, 22);
    this.#code = { hash: hashSecret(code), until: now() + CODE_LASTS_MS };
    writeFileSync(file, `${code}\n`, { mode: 0o600 });
    log.warn(
      { file },
      "nobody can log in yet: make the first administrator within an hour with unshub user first NAME; the code is in the file",
    );
  }
}

/** The code of the first administrator, for a command on the same machine; `undefined`: there is none. */
export function firstAdminCode(dataDir: string): string | undefined {
  const file = join(dataDir, CODE_FILE);
  return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
}

function checkChange({ name, grants }: UserChange | TokenChange, { principal }: Changer): void {
  const faults = grants.flatMap((text) => {
    const read = readGrant(text);
    return read.kind === "problem" ? [read.problem] : [];
  });
  if (!NAME.test(name)) {
    faults.unshift(
      `"${name}" cannot be a name: letters, digits and . _ @ -, a letter or digit first`,
    );
  }
  if (principal.source === "user" && principal.name === name) {
    faults.push("nobody changes his own rights; ask another administrator");
  }
  if (faults.length > 0) throw new AccessError(faults.join("\n"));
}

function withoutSecret({ name, role, grants, isDisabled }: StoredUser): object {
  return { name, role, grants, isDisabled };
}
