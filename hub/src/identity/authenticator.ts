/**
 * Finds out who somebody is: user and password, token, client certificate. What is slow comes after what is counted, and
 * a name that does not exist costs as much time as a wrong password.
 */
import type { LoginAttempts } from "./attempts.ts";
import type { PasswordCheck } from "./password.ts";
import { principalOf, type Principal } from "./principal.ts";
import { hashSecret, isSameHash } from "./secret.ts";
import type { IdentityStore, StoredToken } from "./store.ts";

/** What somebody shows. */
export type Credentials =
  | { readonly kind: "password"; readonly name: string; readonly password: string }
  | { readonly kind: "token"; readonly secret: string };

/** Who it is, or why nobody. `waitMs`: too many failures; nothing was looked at. */
export type Authenticated =
  | { readonly kind: "principal"; readonly principal: Principal }
  | { readonly kind: "refused"; readonly because: string; readonly waitMs?: number };

export interface AuthenticatorOptions {
  readonly store: IdentityStore;
  readonly passwords: PasswordCheck;
  readonly attempts: LoginAttempts;
  /** Milliseconds since 1970 UTC. */
  now(): number;
}

/** Tokens of programs begin so, and so are recognised where a password is asked for. */
export const TOKEN_PREFIX = "hub_";

const WRONG = "the name or the password is wrong";

export class Authenticator {
  readonly #options: AuthenticatorOptions;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /** `address`: where it comes from, without the port. */
  async authenticate(credentials: Credentials, address: string): Promise<Authenticated> {
    const { attempts } = this.#options;
    const name = credentials.kind === "password" ? credentials.name : "";
    const waitMs = attempts.waitMs({ address, name });
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1000);
      const because = `too many failed logins; try again in ${seconds} s`;
      return { kind: "refused", because, waitMs };
    }
    const principal =
      credentials.kind === "password" && !credentials.password.startsWith(TOKEN_PREFIX)
        ? await this.#byPassword(credentials.name, credentials.password)
        : this.#byToken(credentials);
    if (principal === undefined) {
      attempts.failed({ address, name });
      return { kind: "refused", because: WRONG };
    }
    attempts.succeeded({ address, name });
    return { kind: "principal", principal };
  }

  async #byPassword(name: string, password: string): Promise<Principal | undefined> {
    const { store, passwords } = this.#options;
    const user = store.user(name);
    if (user?.password === undefined || user.isDisabled) {
      await passwords.pretend(password);
      return undefined;
    }
    const isRight = await passwords.isRight(password, user.password);
    return isRight ? principalOf({ source: "user", ...user }) : undefined;
  }

  /** As a bearer, or as the password of a user name that is the token's. */
  #byToken(credentials: Credentials): Principal | undefined {
    const secret = credentials.kind === "token" ? credentials.secret : credentials.password;
    const hash = hashSecret(secret);
    const token = this.#options.store.tokens.find((each) => isSameHash(each.hash, hash));
    if (token === undefined || !this.#isValid(token)) return undefined;
    if (credentials.kind === "password" && credentials.name !== token.name) return undefined;
    this.#options.store.used(token.name, this.#options.now());
    return principalOf({ source: "token", ...token });
  }

  #isValid({ expiresAt }: StoredToken): boolean {
    return expiresAt > this.#options.now();
  }
}
