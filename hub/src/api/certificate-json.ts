/** An X.509 certificate as it is told: enough to know whose it is, and to compare it over the phone. */
import type { X509Certificate } from "node:crypto";
import { z } from "zod";
import { moment } from "./shapes.ts";

export const certificateShape = z.object({
  subject: z.string(),
  issuer: z.string(),
  sha256: z.string().describe("64 hex digits"),
  serial: z.string(),
  validFrom: moment,
  validTo: moment,
});

export function certificateJson(certificate: X509Certificate): z.output<typeof certificateShape> {
  const { subject, issuer, fingerprint256, serialNumber, validFrom, validTo } = certificate;
  return {
    subject: oneLine(subject),
    issuer: oneLine(issuer),
    sha256: fingerprint256.replaceAll(":", "").toLowerCase(),
    serial: serialNumber,
    validFrom: Date.parse(validFrom),
    validTo: Date.parse(validTo),
  };
}

function oneLine(name: string): string {
  return name.replaceAll("\n", ", ");
}
