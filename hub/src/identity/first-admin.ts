/** The first administrator, who has no account yet: a code for one hour, on the console and in a file of the data directory. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "@unshub/adapter";
import { hashSecret, isSameHash, newSecret } from "./secret.ts";

const CODE_FILE = "first-admin-code";
const CODE_LASTS_MS = 3_600_000;

export class FirstAdminCode {
  readonly #file: string;
  readonly #hash: string;
  readonly #until: number;

  /** Shows a new code, in a file that only its owner may read. */
  constructor(dataDir: string, log: Logger, now: number) {
    this.#file = join(dataDir, CODE_FILE);
    const code = newSecret("").slice(0, 22);
    this.#hash = hashSecret(code);
    this.#until = now + CODE_LASTS_MS;
    rmSync(this.#file, { force: true }); // one of before keeps its rights
    writeFileSync(this.#file, `${code}\n`, { mode: 0o600 });
    log.warn(
      { file: this.#file },
      "nobody can log in yet: make the first administrator within an hour with unshub user first NAME; the code is in the file",
    );
  }

  isRight(code: string, now: number): boolean {
    return isSameHash(hashSecret(code), this.#hash) && this.isOpen(now);
  }

  /** Whether its hour is not over. */
  isOpen(now: number): boolean {
    return now <= this.#until;
  }

  /** It was used. */
  end(): void {
    rmSync(this.#file, { force: true });
  }
}

/** For a command on the same machine; `undefined`: there is none. */
export function firstAdminCode(dataDir: string): string | undefined {
  const file = join(dataDir, CODE_FILE);
  return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
}
