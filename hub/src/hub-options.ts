/** What a hub is started with, and what it then is. */
import type { Logger } from "@unshub/adapter";
import type { Clock } from "@unshub/sparkplug";
import type { Api } from "./api/index.ts";
import type { ListenerAddress } from "./broker/index.ts";
import type { Commands } from "./command/index.ts";
import type { HubConfig } from "./config/index.ts";
import type { Guard, GuardTimes } from "./namespace/index.ts";
import type { OpcUaServer } from "./opcua-server/index.ts";
import type { ReadConfig } from "./reload.ts";
import type { UnsTree } from "./tree/index.ts";

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

/** A running hub. */
export interface Hub {
  /** Where it really listens; a port of 0 in the configuration has become one that the system chose. */
  readonly addresses: readonly (
    | ListenerAddress
    | Api["addresses"][number]
    | OpcUaServer["address"]
  )[];
  readonly tree: UnsTree;
  /** Reads certificates and the configuration of the adapters again; connections stay. Resolves when it is done. */
  reload(): Promise<void>;
  /** What the guard found, and how edge nodes and hosts stand with the standard. */
  readonly guard: Pick<Guard, "findings" | "grades">;
  /** The last commands, whoever gave them. */
  readonly commands: Pick<Commands, "journal">;
  /** DDEATH, NDEATH, STATE offline, then everything is closed. Twice does no harm. */
  stop(): Promise<void>;
}
