/** What people change about who may come in, and what must hold for every such change. */
import type { Via } from "./audit.ts";
import { readGrant } from "./grant-text.ts";
import { hashPassword } from "./password.ts";
import type { Principal } from "./principal.ts";
import type { Role } from "./roles.ts";
import type { StoredUser } from "./store.ts";

/** Who makes a change, for the audit trail. */
export interface Changer {
  readonly principal: Principal;
  readonly via: Via;
  readonly address: string;
}

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

/** What somebody with a shared key shall be. */
export type PskChange = Omit<TokenChange, "expiresAt">;

/** Nothing was changed, and why. */
export class AccessError extends Error {
  override readonly name = "AccessError";
}

const SHORTEST_PASSWORD = 8;
const LONGEST_TOKEN_MS = 366 * 86_400_000;
const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u;

/** Of names and grants. @throws {AccessError} with everything that is wrong. */
export function checkChange(
  { name, grants }: UserChange | PskChange,
  { principal }: Changer,
): void {
  const faults = grants.flatMap((text) => {
    const read = readGrant(text);
    return read.kind === "problem" ? [read.problem] : [];
  });
  if (!NAME.test(name)) {
    faults.unshift(
      `"${name}" cannot be a name: letters, digits and . _ @ -, a letter or digit first`,
    );
  }
  if (name.normalize("NFKC") !== name) {
    faults.push(`"${name}" only looks like "${name.normalize("NFKC")}"`);
  }
  if (principal.source === "user" && principal.name === name) {
    faults.push("nobody changes his own rights; ask another administrator");
  }
  if (faults.length > 0) throw new AccessError(faults.join("\n"));
}

/** A user as a change makes him. `now`: milliseconds since 1970 UTC. @throws {AccessError} for a password that is too short. */
export async function changedUser(
  before: StoredUser | undefined,
  { name, role, grants, password, isDisabled }: UserChange,
  now: number,
): Promise<StoredUser> {
  if (password !== undefined && password.length < SHORTEST_PASSWORD) {
    throw new AccessError(`the password needs at least ${SHORTEST_PASSWORD} characters`);
  }
  const hash = password === undefined ? before?.password : await hashPassword(password);
  return {
    name,
    role,
    grants: [...grants],
    ...(hash !== undefined && { password: hash }),
    isDisabled: isDisabled ?? before?.isDisabled ?? false,
    createdAt: before?.createdAt ?? now,
  };
}

/** Of a token. Both: milliseconds since 1970 UTC. @throws {AccessError} */
export function checkLife(expiresAt: number, now: number): void {
  if (expiresAt <= now || expiresAt - now > LONGEST_TOKEN_MS) {
    throw new AccessError("a token ends in the future, within a year");
  }
}
