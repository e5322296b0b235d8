/** What a hub is started with. */
import type { Logger } from "@unshub/adapter";
import type { Clock } from "@unshub/sparkplug";
import type { HubConfig } from "./config/index.ts";
import type { GuardTimes } from "./namespace/index.ts";
import type { ReadConfig } from "./reload.ts";

export interface HubOptions {
  readonly config: HubConfig;
  readonly log: Logger;
  /** The folder of the page's static export; it may come to be while the hub runs. */
  readonly pageFolder: string;
  /** Adapters start when it resolves; for simulated PLCs that start together with the hub. */
  readonly plcsReady?: Promise<void>;
  /** Reads the configuration again, for a reload. Left out: only certificates are read again. */
  readonly readConfig?: ReadConfig;
  /** The file that may be replaced by a changed one; left out: none may. */
  readonly configFile?: string | undefined;
  /** The entry of adapter threads; tests name one with adapters of their own. */
  readonly adapterWorker?: URL;
  /** How long the guard waits for what should follow. */
  readonly guardTimes?: Partial<GuardTimes> & { readonly sweepMs?: number };
  /** The time of the hub as host application: of its STATE and its rebirth requests. */
  readonly hostClock?: Clock;
}
