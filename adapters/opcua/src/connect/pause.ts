/** How long to wait after a failure that trying again soon does not mend. */
import { OpcUaError, type OpcUaErrorCode } from "../errors.ts";

/** Certificates get trusted on the other side while we wait. */
const PEER_MS = 30_000;
/** Somebody may just be typing `unshub opcua trust`. */
const TRUST_MS = 2_000;
/** Trying a wrong password more often would lock the account. */
const REJECTED_MS = 300_000;

const PAUSES: Partial<Record<OpcUaErrorCode, number>> = {
  NO_MATCHING_ENDPOINT: PEER_MS,
  AWAITING_TRUST: TRUST_MS,
  CERTIFICATE_REJECTED: PEER_MS,
  CERTIFICATE_REVOKED: PEER_MS,
  CERTIFICATE_MISSING: PEER_MS,
  CERTIFICATE_EXPIRED: PEER_MS,
  CERTIFICATE_NOT_YET_VALID: PEER_MS,
  CERTIFICATE_HOST_NAME: PEER_MS,
  CERTIFICATE_WEAK_KEY: PEER_MS,
  CERTIFICATE_KEY_USAGE: PEER_MS,
  CERTIFICATE_APPLICATION_URI: PEER_MS,
  CERTIFICATE_REFUSED: PEER_MS,
  OWN_CERTIFICATE: PEER_MS,
  IDENTITY_NOT_OFFERED: PEER_MS,
  IDENTITY_UNREADABLE: PEER_MS,
  PLAIN_PASSWORD: PEER_MS,
  IDENTITY_REJECTED: REJECTED_MS,
  TOO_MANY_SESSIONS: PEER_MS,
};

/** In ms; `undefined`: as the back-off says. */
export function pauseAfter(reason: Error): number | undefined {
  return reason instanceof OpcUaError ? PAUSES[reason.code] : undefined;
}
