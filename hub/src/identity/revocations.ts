/**
 * Which client certificates no longer count, by the lists (CRLs) in the configuration. Files are read again when they
 * change; a list that cannot be read leaves the one before, and one that is out of date still counts: a plant must not
 * stand still because nobody wrote a new one. Both are said in the log.
 */
import { readFileSync, statSync } from "node:fs";
import { X509Certificate } from "node:crypto";
import type { Logger } from "@unshub/adapter";
import { certificateId, readCrl, type RevocationList } from "./crl.ts";
import { CrlError } from "./der.ts";

export interface RevocationOptions {
  /** Absolute paths. */
  readonly files: readonly string[];
  /** PEM files of those who may sign lists: the `clientCa` of all listeners. */
  readonly authorities: readonly string[];
  readonly log: Logger;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

/** A list cannot be read when the hub starts: nobody knows whom it would let in. */
export class RevocationError extends Error {
  override readonly name = "RevocationError";
}

interface Kept {
  readonly list: RevocationList;
  readonly seenAs: string;
}

const LONGEST_CHAIN = 8;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

export class Revocations {
  readonly #options: RevocationOptions;
  readonly #lists = new Map<string, Kept>();
  /** As they were when a list was last read. */
  #authorities: readonly X509Certificate[] = [];

  /** @throws {RevocationError} */
  constructor(options: RevocationOptions) {
    this.#options = options;
    for (const file of options.files) {
      try {
        this.#lists.set(file, this.#read(file));
      } catch (cause) {
        throw new RevocationError(`identity.certificates.crl: ${file}: ${sentenceOf(cause)}`, {
          cause,
        });
      }
    }
  }

  /** Whether it counts no longer, or one of those that signed it. */
  isRevoked(certificate: X509Certificate): boolean {
    if (this.#lists.size === 0) return false;
    let next: X509Certificate | undefined = certificate;
    for (let steps = 0; next !== undefined && steps < LONGEST_CHAIN; steps += 1) {
      if (this.#isListed(next)) return true;
      next = this.#signerOf(next);
    }
    return false;
  }

  #isListed(certificate: X509Certificate): boolean {
    const { issuer, serial } = certificateId(certificate);
    return [...this.#lists.values()].some(
      ({ list }) => list.issuer === issuer && list.serials.has(serial),
    );
  }

  /** As the client has sent it, or as it stands in `clientCa`; `undefined` for one that signed itself. */
  #signerOf(certificate: X509Certificate): X509Certificate | undefined {
    const signer =
      certificate.issuerCertificate ??
      this.#authorities.find((authority) => certificate.checkIssued(authority));
    return signer?.fingerprint256 === certificate.fingerprint256 ? undefined : signer;
  }

  /** Reads the files that have changed; whether any had. */
  look(): boolean {
    let isChanged = false;
    for (const [file, { seenAs }] of this.#lists) {
      if (appearance(file) === seenAs) continue;
      isChanged = true;
      this.#readAgain(file);
    }
    return isChanged;
  }

  #readAgain(file: string): void {
    const { log } = this.#options;
    try {
      const kept = this.#read(file);
      this.#lists.set(file, kept);
      log.info({ file, revoked: kept.list.serials.size }, "revoked certificates read again");
    } catch (error) {
      const before = this.#lists.get(file);
      if (before !== undefined) this.#lists.set(file, { ...before, seenAs: appearance(file) });
      const because = sentenceOf(error);
      log.error(
        { file, because },
        "revoked certificates cannot be read; those known before still count",
      );
    }
  }

  #read(file: string): Kept {
    const seenAs = appearance(file);
    this.#authorities = this.#options.authorities.flatMap(certificatesIn);
    const list = readCrl(readFileSync(file), this.#authorities);
    if (list.nextUpdate !== undefined && list.nextUpdate < this.#options.now()) {
      const since = new Date(list.nextUpdate).toISOString();
      this.#options.log.warn(
        { file, since },
        "the list of revoked certificates is out of date; it still counts",
      );
    }
    return { list, seenAs };
  }
}

function certificatesIn(file: string): readonly X509Certificate[] {
  const pems = readFileSync(file, "latin1").match(CERTIFICATE) ?? [];
  return pems.map((pem) => new X509Certificate(pem));
}

function appearance(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? "gone" : `${found.ino}:${found.size}:${found.mtimeMs}`;
}

function sentenceOf(cause: unknown): string {
  if (cause instanceof CrlError) return cause.message;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
  if (code === "ENOENT") return "does not exist";
  return code === undefined ? String(cause) : `cannot be read (${code})`;
}
