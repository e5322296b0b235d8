/** Random secrets that are shown once and kept as a hash: tokens of programs, sessions of the page, one-time codes. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

const SECRET_BYTES = 32;

/** 256 bits, easy to copy. */
export function newSecret(prefix: string): string {
  return `${prefix}${randomBytes(SECRET_BYTES).toString("base64url")}`;
}

/** 256 bits in hex, as devices with shared keys want them. */
export function newKey(): string {
  return randomBytes(SECRET_BYTES).toString("hex");
}

/** A secret of 256 bits needs no slow hash: nobody guesses it. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** In the same time, whatever the difference. */
export function isSameHash(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
