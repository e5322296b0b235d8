/** What the library says of a failed connection, as a state and a sentence for the operator. */
import type { ConnectionConfig } from "../config.ts";
import { OpcUaError, firstLine } from "../errors.ts";
import { day, type OwnCertificate } from "@unshub/opcua-trust";

/** The status by which a server says that it does not take our certificate. */
const REFUSED =
  /Bad(SecurityChecksFailed|Certificate\w+|ApplicationSignatureInvalid|SecurityPolicyRejected|SecurityModeRejected)/;
const IDENTITY = /Bad(IdentityToken\w*|UserAccessDenied|UserSignatureInvalid)/;
const NETWORK: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED/, "nobody listens there"],
  [/ENOTFOUND|EAI_AGAIN/, "there is no host of this name"],
  [/EHOSTUNREACH|ENETUNREACH/, "there is no way to this host"],
  [/ETIMEDOUT|timeout|timed out/i, "it does not answer in time"],
  [/ECONNRESET|EPIPE|socket has been disconnected/i, "it ended the connection"],
];

/** `stage`: what was under way. */
export function connectionFailure(
  { endpoint, identity }: ConnectionConfig,
  cause: unknown,
  {
    stage,
    own,
  }: { readonly stage: "discover" | "channel" | "session"; readonly own: OwnCertificate },
): OpcUaError {
  if (cause instanceof OpcUaError) return cause;
  const why = allLines(cause);
  if (stage === "session" && IDENTITY.test(why)) {
    const who = identity.kind === "user" ? `user ${identity.user}` : "this user";
    const message = `${endpoint}: the server does not let ${who} in (${IDENTITY.exec(why)?.[0]}); the next try is in 5 minutes, so that the account is not locked`;
    return new OpcUaError("IDENTITY_REJECTED", message, { cause });
  }
  const refusal = REFUSED.exec(why)?.[0];
  if (stage !== "discover" && refusal !== undefined) {
    return new OpcUaError("CERTIFICATE_REFUSED", refusedText(endpoint, own, refusal), { cause });
  }
  if (/BadTooManySessions/.test(why)) {
    const message = `${endpoint}: the server has no room for one more session`;
    return new OpcUaError("TOO_MANY_SESSIONS", message, { cause });
  }
  const known = NETWORK.find(([sign]) => sign.test(why))?.[1];
  const text = `${endpoint}: cannot connect: ${known ?? firstLine(cause)}`;
  return new OpcUaError("CONNECT_FAILED", text, { cause });
}

/** What is wrong with our certificate rather than unknown about it. */
const OWN_FAULTS: ReadonlyMap<string, string> = new Map([
  ["BadCertificateTimeInvalid", "it is not valid by the server's clock; compare the clocks"],
  ["BadCertificateRevoked", "its issuer took it back"],
  ["BadCertificateUriInvalid", "it does not name our application"],
]);

function refusedText(endpoint: string, { facts, file }: OwnCertificate, status: string): string {
  const dates = `valid ${day(facts.validFrom)} to ${day(facts.validTo)}`;
  const fault = OWN_FAULTS.get(status);
  if (fault !== undefined) {
    return `${endpoint}: the server refused our certificate (${status}), ${dates}: ${fault}, or make a new one: unshub opcua renew-cert. Our certificate file: ${file}`;
  }
  return `${endpoint}: the server refused our certificate (${status}). On the server move ${facts.subject}, SHA-1 ${facts.sha1}, ${dates}, from rejected to trusted. Our certificate file: ${file}`;
}

/** A message and those of its causes; the library hides the status in one of them. */
function allLines(cause: unknown): string {
  const lines: string[] = [];
  let at = cause;
  while (at instanceof Error && lines.length < MOST_CAUSES) {
    lines.push(at.message);
    at = at.cause;
  }
  return lines.join("\n");
}

const MOST_CAUSES = 5;
