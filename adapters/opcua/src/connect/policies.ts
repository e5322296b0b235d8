/** The security policies of OPC UA: how they are called and which is better. */

/** One policy. */
export interface Policy {
  /** The last part of its URI. */
  readonly name: string;
  /** The higher the better. */
  readonly rank: number;
  /** Broken ciphers, taken back by the OPC Foundation. */
  readonly isDeprecated: boolean;
}

const URI_PREFIX = "http://opcfoundation.org/UA/SecurityPolicy#";

/** Those that can be asked for, the best one first. */
export const POLICIES = [
  { name: "Aes256_Sha256_RsaPss", rank: 6, isDeprecated: false },
  { name: "Basic256Sha256", rank: 5, isDeprecated: false },
  { name: "Aes128_Sha256_RsaOaep", rank: 4, isDeprecated: false },
  { name: "Basic256", rank: 2, isDeprecated: true },
  { name: "Basic128Rsa15", rank: 1, isDeprecated: true },
  { name: "None", rank: 0, isDeprecated: false },
] as const satisfies readonly Policy[];

const BY_NAME = new Map<string, Policy>(POLICIES.map((policy) => [policy.name, policy]));

/** The policy with this URI; `undefined` when it is newer or stranger than this program. */
export function policyOf(uri: string | null | undefined): Policy | undefined {
  return uri?.startsWith(URI_PREFIX) === true
    ? BY_NAME.get(uri.slice(URI_PREFIX.length))
    : undefined;
}

/** What a person calls the policy with this URI. */
export function policyName(uri: string | null | undefined): string {
  return policyOf(uri)?.name ?? uri?.split("#").at(-1) ?? "no policy";
}

export function policyUri(name: string): string {
  return `${URI_PREFIX}${name}`;
}

export function isDeprecated(name: string): boolean {
  return BY_NAME.get(name)?.isDeprecated ?? false;
}
