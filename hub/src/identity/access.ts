/**
 * All of identity in one: files, who comes in over MQTT and HTTP, and the changes that people make. What they may do is
 * asked here; what they did is on the audit trail.
 */
import { join } from "node:path";
import type { Logger } from "@unshub/adapter";
import type { PublishedMessage } from "../broker/index.ts";
import { messageOf } from "../caught.ts";
import { LoginAttempts } from "./attempts.ts";
import type { Audit, AuditEntry } from "./audit.ts";
import { Authenticator, TOKEN_PREFIX } from "./authenticator.ts";
import {
  AccessError,
  changedUser,
  checkChange,
  checkLife,
  type Changer,
  type PskChange,
  type TokenChange,
  type UserChange,
} from "./change.ts";
import { ClientBans } from "./client-bans.ts";
import { Directory } from "./directory.ts";
import { ExpiryNotice } from "./expiry-notice.ts";
import { FirstAdminCode } from "./first-admin.ts";
import { HubTrail } from "./hub-trail.ts";
import { JwtIssuers, type IssuerConfig } from "./jwt.ts";
import type { Anonymous } from "./known-clients.ts";
import { MqttGate } from "./mqtt-gate.ts";
import type { CommandedMetric } from "./mqtt-notes.ts";
import { PasswordCheck } from "./password.ts";
import { principalOf, type Principal } from "./principal.ts";
import { Revocations } from "./revocations.ts";
import type { IdentityRule } from "./rules.ts";
import { hashSecret, newKey, newSecret } from "./secret.ts";
import { IdentityStore } from "./store.ts";
import type { Unanswered } from "./unanswered.ts";
import {
  rightsOfUser,
  shownPsks,
  shownTokens,
  shownUsers,
  type ShownPsk,
  type ShownToken,
  type ShownUser,
} from "./without-secrets.ts";

/** What was done, without by whom. */
type Deed = Omit<AuditEntry, "actor" | "via" | "address">;

export interface AccessOptions {
  readonly dataDir: string;
  readonly anonymous: Anonymous;
  readonly log: Logger;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** What client certificates make of their owners; left out: nobody is known by one. */
  readonly certificates?: {
    /** Lists of revoked ones, and the CAs that may sign them: absolute paths. */
    readonly crl: readonly string[];
    readonly authorities: readonly string[];
    readonly rules: readonly IdentityRule[];
  };
  readonly issuers?: readonly IssuerConfig[];
  /** What a command writes; `undefined`: its payload cannot be read. */
  commanded(message: PublishedMessage): readonly CommandedMetric[] | undefined;
  /** Rights have changed: the broker asks again, and these clients may no longer be there. */
  changed(gone: readonly string[]): void;
  /** Clients that are in, or have a session. */
  clientIds(): readonly string[];
}

/** How often clients that have no session any longer are forgotten. */
const FORGET_EVERY_MS = 600_000;

export class Access {
  readonly gate: MqttGate;
  readonly attempts: LoginAttempts;
  readonly bans: ClientBans;
  readonly audit: Audit;
  readonly authenticator: Authenticator;
  /** Commands that the run before left open. */
  readonly leftOpen: readonly Unanswered[];
  readonly #options: AccessOptions;
  readonly #trail: HubTrail;
  readonly #store: IdentityStore;
  readonly #directory: Directory;
  readonly #revocations: Revocations;
  readonly #passwords: PasswordCheck;
  readonly #code: FirstAdminCode | undefined;
  #forgottenAt: number;
  #isAboutToAsk = false;

  /** @throws {IdentityFileError} {RevocationError} a hub that cannot read who may come in lets nobody in. */
  constructor(options: AccessOptions) {
    const { dataDir, anonymous, now, log, issuers = [] } = options;
    const { crl = [], authorities = [], rules = [] } = options.certificates ?? {};
    this.#options = options;
    const store = new IdentityStore(join(dataDir, "identity.json"));
    const revocations = new Revocations({ files: crl, authorities, log, now });
    const notice = new ExpiryNotice(log, now);
    const directory = new Directory({
      store,
      certificateRules: rules,
      issuers,
      revocations,
      seen: (certificate) => notice.seen(certificate),
      now,
    });
    [this.#store, this.#revocations, this.#directory] = [store, revocations, directory];
    this.#passwords = new PasswordCheck(now);
    this.bans = new ClientBans(join(dataDir, "client-bans.json"), now);
    this.#forgottenAt = now();
    this.attempts = new LoginAttempts(now, {
      banned: ({ until, ...whom }) =>
        log.warn(
          { ...whom, until: new Date(until).toISOString() },
          "too many failed logins: has to wait, each time twice as long; unshub bans",
        ),
    });
    const trail = new HubTrail({ file: join(dataDir, "audit.jsonl"), log, now });
    [this.#trail, this.audit, this.leftOpen] = [trail, trail.audit, trail.leftOpen];
    this.authenticator = new Authenticator({
      store,
      directory,
      passwords: this.#passwords,
      issuers: new JwtIssuers(issuers, { now, log }),
      attempts: this.attempts,
      now,
    });
    trail.started();
    this.gate = this.#openGate();
    const needsCode = anonymous === "none" && !store.hasAdmin;
    this.#code = needsCode ? new FirstAdminCode(dataDir, log, now()) : undefined;
  }

  /** The configuration and the certificates are to be read again. `false`: it cannot be noted, and must not be done. */
  noteReload(): boolean {
    return this.#trail.reloading();
  }

  /** The hub stops: nobody is there any more. */
  stop(): void {
    this.#trail.stopping();
  }

  #openGate(): MqttGate {
    const { anonymous } = this.#options;
    const { authenticator, audit } = this;
    return new MqttGate({
      authenticator,
      anonymous,
      audit,
      commanded: (message) => this.#options.commanded(message),
      current: (principal) => this.current(principal),
      byId: (id) => this.#directory.byId(id),
      isName: (name) => this.#store.has(name),
      banFault: (clientId) => this.bans.faultOf(clientId),
      rightsDiffer: () => this.#askSoon(),
    });
  }

  get anonymous(): Anonymous {
    return this.#options.anonymous;
  }

  get users(): readonly ShownUser[] {
    return shownUsers(this.#store);
  }

  get tokens(): readonly ShownToken[] {
    return shownTokens(this.#store);
  }

  get psks(): readonly ShownPsk[] {
    return shownPsks(this.#store);
  }

  /** Writes who did what; call it before it is done. @throws when it cannot be written: then it must not be done. */
  note(by: Changer, entry: Deed): void {
    this.audit.write({ actor: by.principal.id, via: by.via, address: by.address, ...entry });
  }

  /**
   * Writes who did what, and does it at once; when that fails, another line says so: the trail claims nothing that is not on
   * disk. @throws as `note` does, and what `run` throws.
   */
  carryOut<Done>(by: Changer, entry: Omit<Deed, "result">, run: () => Done): Done {
    this.note(by, { ...entry, result: "done" });
    try {
      return run();
    } catch (error) {
      this.tell(by, { ...entry, result: "failed", reason: messageOf(error) });
      throw error;
    }
  }

  /** As `note`, for what may be done also while the trail cannot be written: it is written as soon as it can. */
  tell(by: Changer, entry: Deed): void {
    this.audit.later({ actor: by.principal.id, via: by.via, address: by.address, ...entry });
    this.audit.flush();
  }

  /** The first administrator, by the code that the hub has shown. @throws {AccessError} */
  async makeFirstAdmin(code: string, change: UserChange, address: string): Promise<void> {
    const { now } = this.#options;
    const attempt = { address, name: "first administrator" };
    const mayTry = this.attempts.waitMs(attempt) === 0 && !this.#store.hasAdmin;
    if (!mayTry || this.#code?.isRight(code, now()) !== true) {
      this.attempts.failed(attempt);
      throw new AccessError(
        "this is not the code that the hub showed when it started, or its hour is over",
      );
    }
    const admin = principalOf({ source: "hub", name: "first start", role: "admin", grants: [] });
    await this.putUser({ ...change, role: "admin" }, { principal: admin, via: "console", address });
    this.#code.end();
  }

  /** Adds or changes a user. @throws {AccessError} with everything that is wrong. */
  async putUser(change: UserChange, by: Changer): Promise<void> {
    const { name, password } = change;
    const before = this.#store.user(name);
    checkChange(change, by);
    const user = await changedUser(before, change, this.#options.now());
    const object = `user ${name}`;
    const deed = {
      action: before === undefined ? "user added" : "user changed",
      object,
      before: before && rightsOfUser(before),
      after: { ...rightsOfUser(user), ...(password !== undefined && { password: "changed" }) },
    };
    this.carryOut(by, deed, () => this.#store.putUser(user));
    this.#rightsChanged();
  }

  /** A new password for a user, who keeps everything else. @throws {AccessError} */
  async setPassword(name: string, password: string, by: Changer): Promise<void> {
    const before = this.#store.user(name);
    if (before === undefined) throw new AccessError(`there is no user "${name}"`);
    const user = await changedUser(before, { ...before, password }, this.#options.now());
    const deed = { action: "password changed", object: `user ${name}` };
    this.carryOut(by, deed, () => this.#store.putUser(user));
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
    return this.#code?.isOpen(this.#options.now()) === true && !this.#store.hasAdmin;
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
    const deed = { action: "user deleted", object, before: rightsOfUser(before) };
    this.carryOut(by, deed, () => this.#store.deleteUser(name));
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
    checkLife(expiresAt, now);
    const secret = newSecret(TOKEN_PREFIX);
    const after = { role, grants, expiresAt };
    const token = {
      name,
      role,
      grants: [...grants],
      hash: hashSecret(secret),
      createdAt: now,
      expiresAt,
      createdBy: by.principal.id,
    };
    const deed = { action: "token added", object: `token ${name}`, after };
    this.carryOut(by, deed, () => this.#store.putToken(token));
    return secret;
  }

  deleteToken(name: string, by: Changer): boolean {
    if (this.#store.token(name) === undefined) return false;
    const deed = { action: "token deleted", object: `token ${name}` };
    this.carryOut(by, deed, () => this.#store.deleteToken(name));
    this.#rightsChanged();
    return true;
  }

  /** A new shared key, in hex; it is shown this once. @throws {AccessError} */
  addPsk(change: PskChange, by: Changer): string {
    const { name, role, grants } = change;
    checkChange(change, by);
    if (this.#store.psk(name) !== undefined) {
      throw new AccessError(`there is a shared key "${name}" already; delete it first`);
    }
    const key = newKey();
    const object = `psk ${name}`;
    const made = { createdAt: this.#options.now(), createdBy: by.principal.id };
    this.carryOut(by, { action: "psk added", object, after: { role, grants } }, () =>
      this.#store.putPsk({ name, role, grants: [...grants], key, ...made }),
    );
    return key;
  }

  deletePsk(name: string, by: Changer): boolean {
    if (this.#store.psk(name) === undefined) return false;
    const deed = { action: "psk deleted", object: `psk ${name}` };
    this.carryOut(by, deed, () => this.#store.deletePsk(name));
    this.#rightsChanged();
    return true;
  }

  /** The shared key of a name, for a TLS handshake. */
  pskOf(name: string): Uint8Array | undefined {
    const psk = this.#store.psk(name);
    return psk && Buffer.from(psk.key, "hex");
  }

  /** Ends a ban before its time; without a name, that of the whole address. `false`: there is none. */
  pardon(
    { address, name }: { readonly address: string; readonly name?: string | undefined },
    by: Changer,
  ): boolean {
    const isBanned = this.attempts
      .bans()
      .some((ban) => ban.address === address && ban.name === name);
    if (!isBanned) return false;
    const object = name === undefined ? address : `${name} at ${address}`;
    this.note(by, { action: "ban lifted", object, result: "done" });
    return this.attempts.pardon(address, name);
  }

  /** Who a principal is now; `undefined`: nobody any more. */
  current(principal: Principal): Principal | undefined {
    return this.#directory.current(principal);
  }

  /** Who has this id now, a user, a token or a shared key; `undefined`: nobody. */
  byId(id: string): Principal | undefined {
    const found = this.#directory.byId(id);
    return found === "unknown" ? undefined : found;
  }

  /** Call it once a second. */
  sweep(): void {
    this.#trail.sweep();
    if (this.#revocations.look()) return this.#rightsChanged();
    const now = this.#options.now();
    const gone = this.gate.expired(now);
    if (gone.length > 0) this.#options.changed(gone);
    if (now - this.#forgottenAt < FORGET_EVERY_MS) return;
    this.#forgottenAt = now;
    this.gate.keepOnly(new Set(this.#options.clientIds()));
  }

  #rightsChanged(): void {
    this.#passwords.forget();
    this.#options.changed(this.gate.changed());
  }

  /** Once for all who have come in this turn. */
  #askSoon(): void {
    if (this.#isAboutToAsk) return;
    this.#isAboutToAsk = true;
    queueMicrotask(() => {
      this.#isAboutToAsk = false;
      this.#options.changed([]);
    });
  }
}
