/**
 * Whose certificates one adapter accepts, as files that can be looked at, copied and removed by hand:
 * `trusted/`, `issuers/`, `rejected/` and `waiting/`, each `SHA-256.der`, and `revoked/` with the lists of issuers. They are read anew at each question, so that what
 * the command line or a person changes counts at the next attempt.
 */
import { createHash, type X509Certificate } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  factsOf,
  readCertificate,
  sha256Of,
  splitChain,
  type CertificateFacts,
} from "./certificate.ts";
import {
  isRevoked,
  isSignedBy,
  issuerName,
  readRevocationList,
  type RevocationList,
} from "./revocation.ts";

export const TRUST_FOLDERS = ["trusted", "issuers", "rejected", "waiting"] as const;
export type TrustFolder = (typeof TRUST_FOLDERS)[number];

/** A certificate of the store. */
export interface StoredCertificate {
  readonly folder: TrustFolder;
  readonly facts: CertificateFacts;
  /** Those that signed it, as the server sent them. */
  readonly chain: readonly CertificateFacts[];
}

/** A revocation list of the store. */
export interface StoredList {
  /** The name of the file. */
  readonly file: string;
  readonly issuer: string;
  /** How many certificates it takes back. */
  readonly revoked: number;
  /** Milliseconds since 1970 UTC. */
  readonly madeAt: number;
  /** When a newer one is due, if it says so. */
  readonly nextAt?: number;
  /** Whether a trusted certificate or issuer has signed it; else it counts only for who shows its issuer along. */
  readonly isSigned: boolean;
}

/** What the store says of a certificate. */
export type Verdict =
  | { readonly kind: "trusted" }
  | { readonly kind: "rejected" }
  /** Its issuer, or the issuer of its issuer, has taken it back. */
  | { readonly kind: "revoked" }
  | { readonly kind: "unknown" };

/** The folder of revocation lists. */
const REVOKED = "revoked";
const NOTHING = Buffer.alloc(0);

/** Whoever sends ever new certificates must not fill the disk. */
const MOST_WAITING = 20;

/** The store in one folder, which is made when something is put in. */
export class TrustStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** `chain`: as the server sent it, its own certificate first. */
  async verdict(chain: readonly Buffer[]): Promise<Verdict> {
    const [leaf] = chain;
    if (leaf === undefined) return { kind: "unknown" };
    const name = sha256Of(leaf);
    if (await this.#has("rejected", name)) return { kind: "rejected" };
    if (await this.#isRevoked(chain)) return { kind: "revoked" };
    if (await this.#has("trusted", name)) return { kind: "trusted" };
    const signed = await this.#isSignedByIssuer(chain);
    return { kind: signed ? "trusted" : "unknown" };
  }

  /** Keeps a certificate for a person to decide about. */
  async keepWaiting(chain: readonly Buffer[]): Promise<void> {
    const waiting = await this.#names("waiting");
    for (const name of waiting.slice(0, Math.max(0, waiting.length - MOST_WAITING + 1))) {
      await rm(this.#file("waiting", name), { force: true });
    }
    await this.#put("waiting", chain);
  }

  async trust(chain: readonly Buffer[]): Promise<void> {
    await this.#move(chain, "trusted");
  }

  /** Trusts whatever the last certificate of the chain has signed. */
  async trustIssuer(chain: readonly Buffer[]): Promise<void> {
    const issuer = chain.at(-1);
    if (issuer === undefined) return;
    await this.#put("issuers", [issuer]);
    await this.#move(chain, "trusted");
  }

  async reject(chain: readonly Buffer[]): Promise<void> {
    await this.#move(chain, "rejected");
  }

  /** Keeps a revocation list, in DER or PEM. `false`: it is none. */
  async addRevocationList(bytes: Buffer): Promise<boolean> {
    if (readRevocationList(bytes) === undefined) return false;
    await mkdir(join(this.#root, REVOKED), { recursive: true });
    const file = join(
      this.#root,
      REVOKED,
      `${createHash("sha256").update(bytes).digest("hex")}.crl`,
    );
    await writeFile(`${file}.new`, bytes);
    await rename(`${file}.new`, file);
    return true;
  }

  /** All certificates of one folder, those that are none left out. */
  async list(folder: TrustFolder): Promise<readonly StoredCertificate[]> {
    const found: StoredCertificate[] = [];
    for (const name of await this.#names(folder)) {
      const chain = await this.#read(folder, name);
      const [facts, ...others] = chain.flatMap((der) => {
        const certificate = readCertificate(der);
        return certificate === undefined ? [] : [factsOf(certificate)];
      });
      if (facts !== undefined) found.push({ folder, facts, chain: others });
    }
    return found;
  }

  /** All revocation lists, what is none left out. */
  async lists(): Promise<readonly StoredList[]> {
    const found = await this.#revocationLists();
    if (found.length === 0) return [];
    const issuers = await this.#all(["issuers", "trusted"]);
    return found.map(({ file, list }) => ({
      file,
      issuer: issuerName(list),
      revoked: list.serials.size,
      madeAt: list.madeAt,
      ...(list.nextAt !== undefined && { nextAt: list.nextAt }),
      isSigned: issuers.some((issuer) => isSignedBy(list, issuer)),
    }));
  }

  /** The chain of the certificate whose SHA-256 or SHA-1 begins like this; several or none is `undefined`. */
  async find(fingerprint: string): Promise<readonly Buffer[] | undefined> {
    const wanted = fingerprint
      .replace(/^sha-?(256|1):/i, "")
      .replaceAll(":", "")
      .toLowerCase();
    const found = new Map<string, TrustFolder>();
    for (const folder of TRUST_FOLDERS) {
      for (const { facts } of await this.list(folder)) {
        const fits = [facts.sha256, facts.sha1.toLowerCase()].some((it) => it.startsWith(wanted));
        if (fits) found.set(facts.sha256, folder);
      }
    }
    const [only, ...more] = found;
    if (only === undefined || more.length > 0 || wanted.length < 8) return undefined;
    return await this.#read(only[1], only[0]);
  }

  /** A list counts when its issuer has signed it: one of those that are trusted, or of the chain. */
  async #isRevoked(chain: readonly Buffer[]): Promise<boolean> {
    const lists = (await this.#revocationLists()).map(({ list }) => list);
    if (lists.length === 0) return false;
    const stored = await this.#all(["issuers", "trusted"]);
    const shown = certificates(chain);
    return shown.some((each) => isRevoked(each, lists, [...stored, ...shown]));
  }

  async #revocationLists(): Promise<
    readonly { readonly file: string; readonly list: RevocationList }[]
  > {
    const folder = join(this.#root, REVOKED);
    const names = await readdir(folder).catch(() => []);
    const files = names.filter((name) => /\.(crl|der|pem)$/i.test(name));
    const all = await Promise.all(
      files.map(async (file) => {
        const bytes = await readFile(join(folder, file)).catch(() => NOTHING);
        return { file, list: readRevocationList(bytes) };
      }),
    );
    return all.flatMap(({ file, list }) => (list === undefined ? [] : [{ file, list }]));
  }

  async #all(folders: readonly TrustFolder[]): Promise<readonly X509Certificate[]> {
    const chains = await Promise.all(
      folders.map(async (folder) => {
        const names = await this.#names(folder);
        return await Promise.all(names.map((name) => this.#read(folder, name)));
      }),
    );
    return certificates(chains.flat(2));
  }

  async #isSignedByIssuer(chain: readonly Buffer[]): Promise<boolean> {
    const issuers = await this.#all(["issuers"]);
    // From its own certificate upwards: each must be signed by the next, until one that is signed by an issuer of ours.
    let current = certificates(chain.slice(0, 1))[0];
    const others = certificates(chain.slice(1));
    for (let steps = 0; current !== undefined && steps <= others.length; steps += 1) {
      const subject = current;
      if (issuers.some((issuer) => hasSigned(issuer, subject))) return true;
      current = others.find((other) => other !== subject && hasSigned(other, subject));
    }
    return false;
  }

  async #move(chain: readonly Buffer[], to: TrustFolder): Promise<void> {
    const [leaf] = chain;
    if (leaf === undefined) return;
    await this.#put(to, chain);
    for (const folder of TRUST_FOLDERS) {
      if (folder !== to && folder !== "issuers") {
        await rm(this.#file(folder, sha256Of(leaf)), { force: true });
      }
    }
  }

  async #put(folder: TrustFolder, chain: readonly Buffer[]): Promise<void> {
    const [leaf] = chain;
    if (leaf === undefined) return;
    await mkdir(join(this.#root, folder), { recursive: true });
    const file = this.#file(folder, sha256Of(leaf));
    await writeFile(`${file}.new`, Buffer.concat(chain));
    await rename(`${file}.new`, file);
  }

  async #has(folder: TrustFolder, name: string): Promise<boolean> {
    // What somebody puts there by hand goes by any name, so that the content decides.
    if (await exists(this.#file(folder, name))) return true;
    const stored = await this.list(folder);
    return stored.some(({ facts }) => facts.sha256 === name);
  }

  async #read(folder: TrustFolder, name: string): Promise<readonly Buffer[]> {
    const bytes = await readFile(this.#file(folder, name)).catch(() => undefined);
    if (bytes === undefined) return []; // removed meanwhile
    const pem = readCertificate(bytes);
    return bytes[0] === 0x30 || pem === undefined ? splitChain(bytes) : [pem.raw];
  }

  /** The names of the files of a folder without `.der`, the oldest first. */
  async #names(folder: TrustFolder): Promise<readonly string[]> {
    const names = await readdir(join(this.#root, folder)).catch(() => []);
    const files = names.filter((name) => /\.(der|crt|cer|pem)$/i.test(name));
    const dated = await Promise.all(
      files.map(async (name) => {
        const found = await stat(join(this.#root, folder, name)).catch(() => undefined);
        return { name: name.replace(/\.der$/, ""), at: found?.mtimeMs ?? 0 };
      }),
    );
    return dated.toSorted((a, b) => a.at - b.at).map(({ name }) => name);
  }

  #file(folder: TrustFolder, name: string): string {
    const hasEnding = /\.(crt|cer|pem)$/i.test(name);
    return join(this.#root, folder, hasEnding ? name : `${name}.der`);
  }
}

function certificates(ders: readonly Buffer[]): readonly X509Certificate[] {
  return ders.map((der) => readCertificate(der)).filter((it) => it !== undefined);
}

function hasSigned(issuer: X509Certificate, subject: X509Certificate): boolean {
  return issuer.ca && subject.checkIssued(issuer) && subject.verify(issuer.publicKey);
}

async function exists(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    () => false,
  );
}
