/**
 * Keeps the certificate of one TLS listener current: reads its files again when they have changed or somebody asks,
 * keeps the old ones when the new ones are broken, and warns in time before the certificate ends.
 */
import { stat } from "node:fs/promises";
import type { Logger } from "@unshub/adapter";
import type { BrokerClock } from "./clock.ts";
import { readTlsFiles, type TlsCredentials, type TlsFiles } from "./tls-files.ts";

/** How often the files are looked at. A change counts when it has not changed further by the next look. */
const LOOK_MS = 2000;
const DAY_MS = 86_400_000;
const WARN_DAYS = 30;

export interface TlsKeeperOptions {
  readonly files: TlsFiles;
  /** Where they stand in the configuration: `listeners.mqtts`. */
  readonly setting: string;
  readonly log: Logger;
  readonly clock: BrokerClock;
}

export class TlsKeeper {
  readonly #options: TlsKeeperOptions;
  readonly #stopTimers: readonly (() => void)[];
  #credentials: TlsCredentials;
  /** How the files looked when they were last read, and at the last look. */
  #readAs: string | undefined;
  #seenAs: string | undefined;
  #looking: Promise<void> | undefined;
  /** Called with what is to be used from now on: after a change, and once a day, so that no session ticket lives longer. */
  onRenewed: (credentials: TlsCredentials) => void = () => undefined;

  /** @throws {BrokerError} CERTIFICATE_UNUSABLE */
  constructor(options: TlsKeeperOptions) {
    this.#options = options;
    this.#credentials = readTlsFiles(options.files, options.setting);
    this.#warn();
    void this.look();
    this.#stopTimers = [
      options.clock.every(LOOK_MS, () => void this.look()),
      options.clock.every(DAY_MS, () => {
        this.#warn();
        this.onRenewed(this.#credentials);
      }),
    ];
  }

  get areCertificatesOptional(): boolean {
    return this.#options.files.clientCertificates === "optional";
  }

  get credentials(): TlsCredentials {
    return this.#credentials;
  }

  /** Reads the files again if they have changed. Never rejects. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const now = await appearance(this.#options.files);
    const before = this.#seenAs;
    this.#seenAs = now;
    this.#readAs ??= now; // at the first look they are as they were read
    if (now === this.#readAs || now !== before) return;
    this.#readAs = now;
    this.reload();
  }

  /** Reads the files again. What is broken is said in the log, and the old ones stay. */
  reload(): void {
    const { files, setting, log } = this.#options;
    try {
      this.#credentials = readTlsFiles(files, setting);
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error);
      log.error({ setting, because }, "the new certificate cannot be used; the old one stays");
      return;
    }
    this.onRenewed(this.#credentials);
    const validTo = new Date(this.#credentials.validTo).toISOString();
    log.info({ setting, file: files.cert, validTo }, "certificate read again");
    this.#warn();
  }

  stop(): void {
    for (const stopTimer of this.#stopTimers) stopTimer();
  }

  #warn(): void {
    this.#warnOfOwn();
    this.#warnOfClientCa();
  }

  /** When it ends, all certificates that it has signed end with it. */
  #warnOfClientCa(): void {
    const { files, setting, log, clock } = this.#options;
    const { caValidTo } = this.#credentials;
    if (caValidTo === undefined) return;
    const left = caValidTo - clock.wall();
    const validTo = new Date(caValidTo).toISOString();
    const fields = { setting: `${setting}.clientCa`, file: files.clientCa, validTo };
    if (left < 0) {
      log.warn(fields, "a CA of clients has expired; its clients are refused. Renew it");
    } else if (left < WARN_DAYS * DAY_MS) {
      const daysLeft = Math.floor(left / DAY_MS);
      log.warn(
        { ...fields, daysLeft },
        "a CA of clients expires soon, and with it all its clients; renew it",
      );
    }
  }

  #warnOfOwn(): void {
    const { files, setting, log, clock } = this.#options;
    const { validFrom, validTo } = this.#credentials;
    const now = clock.wall();
    const fields = {
      setting,
      file: files.cert,
      validFrom: new Date(validFrom).toISOString(),
      validTo: new Date(validTo).toISOString(),
    };
    if (now < validFrom) {
      log.warn(fields, "the certificate is not valid yet; clients refuse it. Is the clock right?");
    } else if (now > validTo) {
      log.warn(fields, "the certificate has expired; clients refuse it. Renew it");
    } else if (validTo - now < WARN_DAYS * DAY_MS) {
      const daysLeft = Math.floor((validTo - now) / DAY_MS);
      log.warn({ ...fields, daysLeft }, "the certificate expires soon; renew it");
    }
  }
}

/** What changes when a file is written or replaced. */
async function appearance(files: TlsFiles): Promise<string> {
  const each = [files.cert, files.key, files.clientCa].map(async (file) => {
    if (file === undefined) return "";
    const found = await stat(file).catch(() => undefined); // reading it will say why
    return found === undefined ? "gone" : `${found.ino}:${found.size}:${found.mtimeMs}`;
  });
  return (await Promise.all(each)).join(" ");
}
