/** Who is who now: principals made of users, tokens, shared keys, certificates and tokens of issuers. */
import type { X509Certificate } from "node:crypto";
import { factsOf } from "./client-certificate.ts";
import type { IssuerConfig } from "./jwt.ts";
import { principalOf, type Principal, type Shown } from "./principal.ts";
import type { Revocations } from "./revocations.ts";
import { mappedBy, type Facts, type IdentityRule, type Mapped } from "./rules.ts";
import type { IdentityStore, StoredToken } from "./store.ts";

export interface DirectoryOptions {
  readonly store: IdentityStore;
  readonly certificateRules: readonly IdentityRule[];
  readonly issuers: readonly IssuerConfig[];
  readonly revocations: Pick<Revocations, "isRevoked">;
  /** Hears of certificates that make somebody. */
  readonly seen?: ((certificate: X509Certificate) => void) | undefined;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

/** Who somebody is, or why nobody. */
export type Found = Principal | { readonly because: string; readonly isUnknown?: boolean };

/** A principal that is made of what it shows, before its rights are known. */
interface Maker {
  readonly source: "x509" | "jwt";
  /** Stands before the name in the id. */
  readonly realm: string;
  readonly shown: Shown;
  readonly expiresAt: number;
}

export class Directory {
  readonly #options: DirectoryOptions;

  constructor(options: DirectoryOptions) {
    this.#options = options;
  }

  user(name: string): Principal | undefined {
    const user = this.#options.store.user(name);
    return user === undefined || user.isDisabled
      ? undefined
      : principalOf({ source: "user", ...user });
  }

  token(token: StoredToken | undefined): Principal | undefined {
    const isValid = token !== undefined && token.expiresAt > this.#options.now();
    return isValid ? principalOf({ source: "token", ...token }) : undefined;
  }

  psk(name: string): Principal | undefined {
    const psk = this.#options.store.psk(name);
    return psk && principalOf({ source: "psk", ...psk });
  }

  /** The handshake has proved that it is theirs, and that a CA of ours has signed it. */
  certificate(certificate: X509Certificate): Found {
    const { certificateRules, revocations, now } = this.#options;
    const expiresAt = certificate.validToDate.getTime();
    if (revocations.isRevoked(certificate)) return { because: "its certificate is revoked" };
    if (expiresAt <= now()) return { because: "its certificate has expired" };
    const shown: Shown = { kind: "certificate", certificate };
    const found = this.#mapped(certificateRules, factsOf(certificate), {
      source: "x509",
      realm: "",
      shown,
      expiresAt,
    });
    if (found !== undefined) this.#options.seen?.(certificate);
    const because = "no rule of identity.certificates makes somebody of its certificate";
    return found ?? { because, isUnknown: true };
  }

  /** `issuer` has signed that these are facts. */
  jwt(issuer: IssuerConfig, facts: Facts, expiresAt: number): Found {
    if (expiresAt <= this.#options.now()) return { because: "the token has expired" };
    const shown: Shown = { kind: "jwt", issuer: issuer.issuer, facts };
    const realm = `${issuer.issuer}#`;
    const found = this.#mapped(issuer.rules, facts, { source: "jwt", realm, shown, expiresAt });
    return found ?? { because: "no rule of identity.jwt makes somebody of this token" };
  }

  /** Who a principal is now; `undefined`: nobody any more. */
  current({ source, name, shown, expiresAt = 0 }: Principal): Principal | undefined {
    const { store, issuers } = this.#options;
    if (source === "user") return this.user(name);
    if (source === "token") return this.token(store.token(name));
    if (source === "psk") return this.psk(name);
    if (shown?.kind === "certificate") return principalIn(this.certificate(shown.certificate));
    if (shown?.kind !== "jwt") return undefined;
    const issuer = issuers.find((each) => each.issuer === shown.issuer);
    return issuer && principalIn(this.jwt(issuer, shown.facts, expiresAt));
  }

  /** Who has this id now. A principal that is made of what it shows cannot be found by it: `unknown`. */
  byId(id: string): Principal | undefined | "unknown" {
    const { source = "", name = "" } = /^(?<source>[^:]*):(?<name>.*)$/s.exec(id)?.groups ?? {};
    if (source === "user") return this.user(name);
    if (source === "token") return this.token(this.#options.store.token(name));
    return source === "psk" ? this.psk(name) : "unknown";
  }

  #mapped(rules: readonly IdentityRule[], facts: Facts, maker: Maker): Found | undefined {
    for (const mapped of mappedBy(rules, facts)) {
      const found = this.#made(mapped, maker);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** `undefined`: the user that a rule names does not exist. */
  #made(mapped: Mapped, { realm, ...maker }: Maker): Found | undefined {
    const { name } = mapped;
    const id = `${maker.source}:${realm}${name}`;
    if (mapped.kind === "own") {
      return { id, name, role: mapped.role, grants: mapped.grants, ...maker };
    }
    const user = this.#options.store.user(name);
    if (user === undefined) return undefined;
    if (user.isDisabled) return { because: `the user ${name} is disabled` };
    const { role, grants } = principalOf({ source: "user", ...user });
    return { id, name, role, grants, ...maker };
  }
}

function principalIn(found: Found): Principal | undefined {
  return "because" in found ? undefined : found;
}
