/** As whom we come: the secrets are read when the session opens, and never travel where everybody can read them. */
import { readFileSync } from "node:fs";
import { X509Certificate } from "node:crypto";
import type { UserIdentityInfo } from "node-opcua-client";
import type { ConnectionConfig } from "../config.ts";
import { OpcUaError, firstLine } from "../errors.ts";
import type { Library } from "../library.ts";
import type { EndpointOffer } from "./endpoint-offer.ts";
import { isDeprecated, policyName } from "./policies.ts";

/** Whether a password on the way to this endpoint is protected by the server's certificate alone. */
export function needsCertificate({ identity }: ConnectionConfig, offer: EndpointOffer): boolean {
  return offer.mode !== "None" || (identity.kind === "user" && passwordPolicy(offer) !== "None");
}

/**
 * Refuses to send a password readable.
 * @throws {OpcUaError} PLAIN_PASSWORD
 */
export function checkPassword(config: ConnectionConfig, offer: EndpointOffer): void {
  if (config.identity.kind !== "user" || config.allowPlainPassword) return;
  if (offer.mode === "SignAndEncrypt") return;
  const policy = passwordPolicy(offer);
  const isReadable = policy === "None" || offer.certificate.length === 0;
  if (!isReadable && (config.allowDeprecated || !isDeprecated(policy))) return;
  const how = isReadable ? "readable" : `encrypted with ${policy}, which is broken`;
  const message = `${config.endpoint}: the password would travel ${how}; use security with SignAndEncrypt, or write allowPlainPassword: true to accept that`;
  throw new OpcUaError("PLAIN_PASSWORD", message);
}

/**
 * What the library sends.
 * @throws {OpcUaError} IDENTITY_UNREADABLE when a file or variable is not there.
 */
export function userIdentity(
  { identity, endpoint }: ConnectionConfig,
  library: Library,
): UserIdentityInfo {
  try {
    switch (identity.kind) {
      case "anonymous":
        return { type: library.UserTokenType.Anonymous };
      case "user":
        return {
          type: library.UserTokenType.UserName,
          userName: identity.user,
          password: identity.password.read(),
        };
      case "certificate":
        return {
          type: library.UserTokenType.Certificate,
          certificateData: new X509Certificate(readFileSync(identity.certificate)).raw,
          keyOperations: library.crypto_utils.keyOperationsFromPrivateKey(
            library.crypto_utils.makePrivateKeyFromPem(readFileSync(identity.key, "utf8")),
          ),
        };
    }
  } catch (cause) {
    const message = `${endpoint}: identity: ${firstLine(cause)}`;
    throw new OpcUaError("IDENTITY_UNREADABLE", message, { cause });
  }
}

/** What the password is encrypted with: the best of those the token names, or that of the channel. */
function passwordPolicy(offer: EndpointOffer): string {
  const policies = offer.tokens
    .filter(({ kind }) => kind === "user")
    .map(({ policyUri }) => policyName(policyUri === "" ? offer.policyUri : policyUri));
  const sound = policies.find((policy) => policy !== "None" && !isDeprecated(policy));
  return sound ?? policies.find((policy) => policy !== "None") ?? "None";
}
