/** Opens the room of identity with what the configuration of the hub says of it. */
import type { HubConfig } from "./config/index.ts";
import { inDataDir } from "./data-dir.ts";
import { Access, SignIn, type AccessOptions, type SignInOptions } from "./identity/index.ts";

type FromHub = Omit<AccessOptions, "dataDir" | "anonymous" | "certificates" | "issuers">;

/** Whoever comes in by a certificate has it of those who sign for the listeners. */
export function openAccess(
  { hub: { dataDir }, identity, listeners: { mqtts, wss, http } }: HubConfig,
  fromHub: FromHub,
): Access {
  const { anonymous, certificates, jwt: issuers } = identity;
  const authorities = [mqtts?.tls, wss?.tls, http?.tls]
    .map((tls) => tls?.clientCa)
    .filter((file) => file !== undefined);
  const trust = { certificates: { ...certificates, authorities }, issuers };
  return inDataDir(dataDir, () => new Access({ dataDir, anonymous, ...trust, ...fromHub }));
}

export function openSignIn(
  { hub: { dataDir }, identity: { session: times } }: HubConfig,
  fromHub: Omit<SignInOptions, "dataDir" | "times">,
): SignIn {
  return new SignIn({ dataDir, times, ...fromHub });
}
