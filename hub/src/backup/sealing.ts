/** Keys under a passphrase: AES-256-GCM with a key that scrypt makes of it. */
import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from "node:crypto";
import { z } from "zod";
import { BackupError, type SealedHead } from "./format.ts";

/** 64 MiB and about a tenth of a second for each guess. */
const COST = { N: 65_536, r: 8, p: 1, maxmem: 128 * 1024 * 1024 } as const;
const CIPHER = "aes-256-gcm";

/** Files by their path in the data directory. */
export type SecretFiles = ReadonlyMap<string, Uint8Array>;

export function seal(
  files: SecretFiles,
  passphrase: string,
): { readonly head: SealedHead; readonly bytes: Buffer } {
  const [salt, nonce] = [randomBytes(16), randomBytes(12)];
  const cipher = createCipheriv(CIPHER, keyOf(passphrase, salt), nonce);
  const entries = [...files].map(([path, bytes]) => [path, Buffer.from(bytes).toString("base64")]);
  const bytes = Buffer.concat([cipher.update(JSON.stringify(entries), "utf8"), cipher.final()]);
  const sealed = {
    salt: salt.toString("base64"),
    nonce: nonce.toString("base64"),
    tag: cipher.getAuthTag().toString("base64"),
  };
  return { head: { sealed, bytes: bytes.length }, bytes };
}

/** @throws {BackupError} for another passphrase. */
export function unseal({ sealed }: SealedHead, bytes: Uint8Array, passphrase: string): SecretFiles {
  try {
    const key = keyOf(passphrase, part(sealed.salt));
    const decipher = createDecipheriv(CIPHER, key, part(sealed.nonce));
    decipher.setAuthTag(part(sealed.tag));
    const text = Buffer.concat([decipher.update(bytes), decipher.final()]).toString("utf8");
    const entries = z.array(z.tuple([z.string(), z.string()])).parse(JSON.parse(text));
    return new Map(entries.map(([path, content]) => [path, part(content)]));
  } catch (cause) {
    const message =
      "the keys cannot be unsealed: this is not the passphrase with which the backup was made";
    throw new BackupError(message, { cause });
  }
}

function part(text: string): Buffer {
  return Buffer.from(text, "base64");
}

function keyOf(passphrase: string, salt: Buffer): Buffer {
  return scryptSync(passphrase, salt, 32, COST);
}
