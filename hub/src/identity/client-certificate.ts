/** What a client certificate states of who shows it. The handshake has proved it; here it is only read. */
import type { X509Certificate } from "node:crypto";
import type { Facts } from "./rules.ts";

const SUBJECT = ["CN", "OU", "O"] as const;
const ALTERNATIVE: ReadonlyMap<string, string> = new Map([
  ["URI", "uri"],
  ["DNS", "dns"],
  ["email", "email"],
]);

/** `cn`, `ou`, `o` of the subject; `uri`, `dns`, `email` of the alternative names. */
export function factsOf(certificate: X509Certificate): Facts {
  const facts = new Map<string, string[]>();
  const add = (kind: string, value: string): void => {
    facts.set(kind, [...(facts.get(kind) ?? []), value]);
  };
  const { subject } = certificate.toLegacyObject();
  for (const field of SUBJECT) {
    const values: unknown = subject[field];
    for (const value of [values].flat())
      if (typeof value === "string") add(field.toLowerCase(), value);
  }
  for (const { kind, value } of alternativeNames(certificate.subjectAltName ?? "")) {
    const known = ALTERNATIVE.get(kind);
    if (known !== undefined) add(known, value);
  }
  return facts;
}

/** `URI:urn:x, DNS:a`; Node writes a name that could be misread as a JSON string. */
function alternativeNames(text: string): readonly { kind: string; value: string }[] {
  const each = /(?<kind>[A-Za-z ]+):(?:(?<quoted>"(?:[^"\\]|\\.)*")|(?<plain>[^,"]*))(?:, |$)/y;
  const names: { kind: string; value: string }[] = [];
  for (;;) {
    const { kind, quoted, plain = "" } = each.exec(text)?.groups ?? {};
    if (kind === undefined) return names;
    names.push({ kind, value: quoted === undefined ? plain : String(JSON.parse(quoted)) });
  }
}

/** For people: `CN=gw-press, serial 1F`. */
export function shownCertificate(certificate: X509Certificate): string {
  return `${certificate.subject.replaceAll("\n", ", ")}, serial ${certificate.serialNumber}`;
}
