/**
 * Tokens of OIDC issuers (JWT): signature, issuer, audience and times are checked by `jose`; then rules say who it is.
 * Only signatures with public keys are taken: `none`, or a secret made of a public key, is nobody's.
 */
import type { Logger } from "@unshub/adapter";
import type { JWTPayload } from "jose";
import { KeySet, KeySetError } from "./key-set.ts";
import type { Facts, IdentityRule } from "./rules.ts";

export interface IssuerConfig {
  readonly issuer: string;
  readonly audience: string;
  /** File or URL of its keys; left out: as its discovery document says. */
  readonly jwks?: string | undefined;
  /** Milliseconds by which its clock may differ from ours. */
  readonly clockSkew: number;
  readonly rules: readonly IdentityRule[];
}

/** What a token states, or why it does not count. `isForged`: it counts as a guess. */
export type ReadToken =
  | {
      readonly kind: "token";
      readonly issuer: IssuerConfig;
      readonly facts: Facts;
      /** Milliseconds since 1970 UTC, with the clock skew. */
      readonly expiresAt: number;
    }
  | { readonly kind: "refused"; readonly because: string; readonly isForged: boolean };

const ALGORITHMS = [
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
  "PS256",
  "PS384",
  "RS256",
  "RS384",
];
const TOKEN = /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/;
const MOST_LETTERS = 16_384;
const MOST_FACTS = 500;

/** Whether a secret can only be such a token. */
export function looksLikeJwt(secret: string): boolean {
  return secret.length <= MOST_LETTERS && TOKEN.test(secret);
}

export class JwtIssuers {
  readonly #now: () => number;
  readonly #issuers: ReadonlyMap<string, { readonly config: IssuerConfig; readonly keys: KeySet }>;

  /** `now`: milliseconds since 1970 UTC. */
  constructor(
    configs: readonly IssuerConfig[],
    { now, log }: { readonly now: () => number; readonly log: Logger },
  ) {
    this.#now = now;
    this.#issuers = new Map(
      configs.map((config) => {
        const { issuer, jwks } = config;
        return [issuer, { config, keys: new KeySet({ issuer, jwks, log, now }) }];
      }),
    );
  }

  /** Whether there is any issuer whose tokens count. */
  get areAny(): boolean {
    return this.#issuers.size > 0;
  }

  async read(token: string): Promise<ReadToken> {
    const jose = await import("jose");
    try {
      const { iss = "" } = jose.decodeJwt(token);
      const known = this.#issuers.get(iss);
      if (known === undefined) return refused("nobody here trusts the issuer of this token", true);
      const { config, keys } = known;
      const { payload } = await jose.jwtVerify(token, keys.find, {
        issuer: config.issuer,
        audience: config.audience,
        algorithms: ALGORITHMS,
        requiredClaims: ["exp"],
        clockTolerance: config.clockSkew / 1000,
        currentDate: new Date(this.#now()),
      });
      const expiresAt = (payload.exp ?? 0) * 1000 + config.clockSkew;
      return { kind: "token", issuer: config, facts: factsOf(payload), expiresAt };
    } catch (error) {
      return whyNot(error);
    }
  }
}

/** The signature is looked at first: a token that is only too old is no guess, and neither is one that nobody can judge. */
function whyNot(error: unknown): ReadToken {
  if (error instanceof KeySetError) return refused(error.message, false);
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ERR_JWT_EXPIRED") return refused("the token has expired", false);
  if (code === "ERR_JWT_CLAIM_VALIDATION_FAILED" && error instanceof Error) {
    return refused(`the token is not for here: ${error.message}`, false);
  }
  return refused("the token is not signed by its issuer, or is no token", true);
}

function refused(because: string, isForged: boolean): ReadToken {
  return { kind: "refused", because, isForged };
}

/** Claims that are texts or lists of texts; `scope` is a list with blanks between. */
function factsOf(payload: JWTPayload): Facts {
  const entries = Object.entries(payload)
    .slice(0, MOST_FACTS)
    .map(([claim, value]) => {
      const list: readonly unknown[] =
        claim === "scope" && typeof value === "string" ? value.split(" ") : [value].flat();
      const texts = list.filter((each) => typeof each === "string").slice(0, MOST_FACTS);
      return [claim, texts] as const;
    });
  return new Map(entries);
}
