/** Certificates as lines of text, for logs and the terminal. */
import type { CertificateFacts } from "./certificate.ts";

/** What a person compares with what the server's own screen shows. */
export function certificateLines(facts: CertificateFacts): readonly string[] {
  return [
    `subject      ${facts.subject}`,
    `issuer       ${facts.isSelfSigned ? "itself" : facts.issuer}`,
    `application  ${facts.applicationUri ?? "names none"}`,
    `hosts        ${facts.hosts.join(", ") || "names none"}`,
    `valid        ${day(facts.validFrom)} to ${day(facts.validTo)}`,
    `sha256       ${facts.sha256}`,
    `sha1         ${facts.sha1}`,
  ];
}

/** `2026-11-26` */
export function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
