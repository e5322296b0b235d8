/** People at the page: signing in and out, the sessions they have, their own password. */
import { join } from "node:path";
import type { Logger } from "@unshub/adapter";
import type { Access } from "./access.ts";
import { AccessError, type Changer } from "./change.ts";
import type { Authenticated } from "./authenticator.ts";
import { principalOf, type Principal } from "./principal.ts";
import { Sessions, type Session, type SessionTimes } from "./sessions.ts";

/** From where somebody signs in. */
export interface Visitor {
  readonly address: string;
  /** As the browser calls itself. */
  readonly browser: string;
}

/** Somebody who has signed in, or why not. */
export type SignedIn =
  | { readonly kind: "session"; readonly secret: string; readonly principal: Principal }
  | Extract<Authenticated, { kind: "refused" }>;

/** Whose session it is. */
export interface SessionOwner {
  readonly principal: Principal;
  readonly sessionId: string;
}

/** A session as it is listed. */
export type ShownSession = Omit<Session, "hash" | "credential">;

export interface SignInOptions {
  readonly access: Access;
  readonly dataDir: string;
  readonly times: SessionTimes;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  readonly log: Logger;
}

export class SignIn {
  readonly #access: Access;
  readonly #sessions: Sessions;

  constructor({ access, dataDir, times, now, log }: SignInOptions) {
    this.#access = access;
    const failed = (error: unknown): void => {
      log.error(
        { error },
        "the sessions of the page cannot be written: if the hub ended now, new ones would be gone and ended ones there again",
      );
    };
    this.#sessions = new Sessions({ ...times, file: join(dataDir, "sessions.json"), now, failed });
  }

  /** With a password only: a token is for programs. */
  async open(name: string, password: string, visitor: Visitor): Promise<SignedIn> {
    const { authenticator, audit } = this.#access;
    const { address } = visitor;
    const entry = { actor: `user:${name}`, via: "ui", address, action: "sign in" } as const;
    const result = await authenticator.authenticate({ kind: "password", name, password }, address);
    const credential = this.#access.credentialOf(name);
    if (result.kind === "refused") {
      audit.refused({ ...entry, result: "refused", reason: result.because });
      return result;
    }
    const { principal } = result;
    if (principal.source !== "user" || credential === undefined) {
      return { kind: "refused", because: "a token opens no session; programs send it as a bearer" };
    }
    audit.later({ ...entry, result: "done" });
    audit.flush(); // a full disk keeps nobody from looking
    const { secret } = this.#sessions.open({ user: name, credential, ...visitor });
    return { kind: "session", secret, principal };
  }

  /** Whose secret it is, with the rights he has now; `undefined`: nobody's any more. */
  owner(secret: string): SessionOwner | undefined {
    return this.#ownerOf(this.#sessions.use(secret));
  }

  /** As `owner`, for a page that stays open. */
  ownerById(sessionId: string): SessionOwner | undefined {
    return this.#ownerOf(this.#sessions.useById(sessionId));
  }

  /** Of one user, or of all. */
  list(user?: string): readonly ShownSession[] {
    return this.#sessions
      .of(user)
      .map(({ hash: _hash, credential: _credential, ...shown }) => shown);
  }

  /** `user`: of whom it must be; left out, of anybody. `false`: there was none. */
  end(sessionId: string, by: Changer, user?: string): boolean {
    const session = this.list(user).find(({ id }) => id === sessionId);
    if (session === undefined) return false;
    const object = `session of ${session.user} at ${session.address}`;
    this.#access.tell(by, { action: "session ended", object, result: "done" });
    return this.#sessions.end(sessionId) !== undefined;
  }

  /** One's own password; all other sessions of that user end. @throws {AccessError} */
  async changePassword(
    owner: SessionOwner,
    { current, next }: { readonly current: string; readonly next: string },
    address: string,
  ): Promise<void> {
    const { principal, sessionId } = owner;
    const { name } = principal;
    const shown = { kind: "password", name, password: current } as const;
    const result = await this.#access.authenticator.authenticate(shown, address);
    if (result.kind === "refused") {
      throw new AccessError(
        result.waitMs === undefined ? "the present password is wrong" : result.because,
      );
    }
    await this.#access.setPassword(name, next, { principal, via: "ui", address });
    this.#sessions.renew(sessionId, this.#access.credentialOf(name) ?? "");
  }

  sweep(): void {
    this.#sessions.sweep();
  }

  #ownerOf(session: Session | undefined): SessionOwner | undefined {
    if (session === undefined) return undefined;
    const { user: name, credential, id: sessionId } = session;
    if (this.#access.credentialOf(name) !== credential) return undefined;
    const ofName = principalOf({ source: "user", name, role: "viewer", grants: [] });
    const principal = this.#access.current(ofName);
    return principal && { principal, sessionId };
  }
}
