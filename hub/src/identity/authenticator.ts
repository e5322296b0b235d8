/**
 * Finds out who somebody is: user and password, token of the hub or of an issuer, client certificate, shared key. What is
 * slow comes after what is counted, and a name that does not exist costs as much time as a wrong password.
 */
import type { X509Certificate } from "node:crypto";
import type { LoginAttempts } from "./attempts.ts";
import type { Directory, Found } from "./directory.ts";
import { looksLikeJwt, type JwtIssuers } from "./jwt.ts";
import type { PasswordCheck } from "./password.ts";
import type { Principal } from "./principal.ts";
import { hashSecret, isSameHash } from "./secret.ts";
import type { IdentityStore } from "./store.ts";

/** What somebody shows. The last two were proved by a TLS handshake before. */
export type Credentials =
  | { readonly kind: "password"; readonly name: string; readonly password: string }
  | { readonly kind: "token"; readonly secret: string }
  | { readonly kind: "certificate"; readonly certificate: X509Certificate }
  | { readonly kind: "psk"; readonly name: string };

/** Who it is, or why nobody. `waitMs`: too many failures; nothing was looked at. */
export type Authenticated =
  | { readonly kind: "principal"; readonly principal: Principal }
  | {
      readonly kind: "refused";
      readonly because: string;
      readonly waitMs?: number;
      /** A certificate of which no rule makes somebody: where anybody may come in, so may he. */
      readonly isUnknown?: boolean | undefined;
    };

export interface AuthenticatorOptions {
  readonly store: IdentityStore;
  readonly directory: Directory;
  readonly passwords: PasswordCheck;
  readonly issuers: JwtIssuers;
  readonly attempts: LoginAttempts;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

/** Tokens of programs begin so, and so are recognised where a password is asked for. */
export const TOKEN_PREFIX = "hub_";

const WRONG = "the name or the password is wrong";

/** `isGuess`: who goes on like this has to wait. */
type Answer = Principal | { readonly because: string; readonly isGuess: boolean };

export class Authenticator {
  readonly #options: AuthenticatorOptions;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /** `address`: where it comes from, without the port. */
  async authenticate(credentials: Credentials, address: string): Promise<Authenticated> {
    const { directory } = this.#options;
    switch (credentials.kind) {
      case "certificate":
        return authenticated(directory.certificate(credentials.certificate));
      case "psk":
        return authenticated(
          directory.psk(credentials.name) ?? { because: "its shared key was taken away" },
        );
      case "password":
      case "token":
        return await this.#bySecret(credentials, address);
    }
  }

  async #bySecret(
    credentials: Extract<Credentials, { kind: "password" | "token" }>,
    address: string,
  ): Promise<Authenticated> {
    const { attempts } = this.#options;
    const name = credentials.kind === "password" ? credentials.name : "";
    const waitMs = attempts.waitMs({ address, name });
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1000);
      const because = `too many failed logins; try again in ${seconds} s`;
      return { kind: "refused", because, waitMs };
    }
    const secret = credentials.kind === "password" ? credentials.password : credentials.secret;
    const answer = await this.#judge(name, secret, credentials.kind);
    if ("because" in answer) {
      if (answer.isGuess) attempts.failed({ address, name });
      return { kind: "refused", because: answer.because };
    }
    attempts.succeeded({ address, name });
    return { kind: "principal", principal: answer };
  }

  #judge(name: string, secret: string, kind: "password" | "token"): Answer | Promise<Answer> {
    if (this.#options.issuers.areAny && looksLikeJwt(secret)) return this.#byJwt(secret);
    const isToken = kind === "token" || secret.startsWith(TOKEN_PREFIX);
    if (!isToken) return this.#byPassword(name, secret);
    const isNamed = kind === "password" && name !== "";
    return this.#byToken(secret, isNamed ? name : undefined) ?? wrong();
  }

  async #byPassword(name: string, password: string): Promise<Answer> {
    const { store, passwords, directory } = this.#options;
    const stored = store.user(name)?.password;
    const principal = directory.user(name);
    if (stored === undefined || principal === undefined) {
      await passwords.pretend(password);
      return wrong();
    }
    return (await passwords.isRight(password, stored)) ? principal : wrong();
  }

  /** As a bearer or a password without a name, or as the password of a user name that is the token's. */
  #byToken(secret: string, name: string | undefined): Principal | undefined {
    const { store, directory, now } = this.#options;
    const hash = hashSecret(secret);
    const token = store.tokens.find((each) => isSameHash(each.hash, hash));
    const principal = directory.token(token);
    if (principal === undefined || (name !== undefined && name !== principal.name))
      return undefined;
    store.used(principal.name, now());
    return principal;
  }

  /** As a bearer, or as the password of any user name: the token says who it is. */
  async #byJwt(token: string): Promise<Answer> {
    const { issuers, directory } = this.#options;
    const read = await issuers.read(token);
    if (read.kind === "refused") return { because: read.because, isGuess: read.isForged };
    const found = directory.jwt(read.issuer, read.facts, read.expiresAt);
    return "because" in found ? { ...found, isGuess: false } : found;
  }
}

function wrong(): Answer {
  return { because: WRONG, isGuess: true };
}

function authenticated(found: Found): Authenticated {
  return "because" in found
    ? { kind: "refused", ...found }
    : { kind: "principal", principal: found };
}
