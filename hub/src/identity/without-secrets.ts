/** Users, tokens and shared keys as others may know them. */
import type { IdentityStore, StoredPsk, StoredToken, StoredUser } from "./store.ts";

export type ShownUser = Omit<StoredUser, "password"> & { readonly hasPassword: boolean };
export type ShownPsk = Omit<StoredPsk, "key">;
export type ShownToken = Omit<StoredToken, "hash"> & { readonly lastUsedAt: number | undefined };

export function shownUsers({ users }: Pick<IdentityStore, "users">): readonly ShownUser[] {
  return users.map(({ password, ...user }) => ({ ...user, hasPassword: password !== undefined }));
}

export function shownTokens(
  store: Pick<IdentityStore, "tokens" | "lastUse">,
): readonly ShownToken[] {
  return store.tokens.map(({ hash: _hash, ...token }) => ({
    ...token,
    lastUsedAt: store.lastUse(token.name),
  }));
}

export function shownPsks({ psks }: Pick<IdentityStore, "psks">): readonly ShownPsk[] {
  return psks.map(({ key: _key, ...psk }) => psk);
}

/** A user as he stands on the audit trail. */
export function rightsOfUser({ name, role, grants, isDisabled }: StoredUser): object {
  return { name, role, grants, isDisabled };
}
