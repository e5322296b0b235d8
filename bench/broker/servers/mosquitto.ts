/** The peer: where Mosquitto is, which version, and how it is set up to be as fast as it can be. */
import { spawnSync } from "node:child_process";
import { userInfo } from "node:os";

/** Debian puts servers where only root looks. */
export const MOSQUITTO = ["mosquitto", "/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"].find(
  (program) => spawnSync(program, ["-h"]).error === undefined,
);

export const INSTALL_MOSQUITTO =
  "Mosquitto is not installed (no `mosquitto` in PATH or /usr/sbin), so there are no ratios.\n" +
  "Debian, Ubuntu: apt-get install mosquitto. macOS: brew install mosquitto.";

/** As in `2.0.11`; `undefined` when it is not installed. */
export function mosquittoVersion(): string | undefined {
  if (MOSQUITTO === undefined) return undefined;
  return /version (\S+)/.exec(spawnSync(MOSQUITTO, ["-h"], { encoding: "utf8" }).stdout)?.[1];
}

/**
 * What Mosquitto keeps on disk, and when it writes it. Ours has one way: what it acknowledges is on disk.
 * `defaults`: every 30 minutes and at its end.
 */
export type Persistence = "none" | "defaults" | "every second" | "after every change";

const PERSISTENCE: Readonly<Record<Persistence, readonly string[]>> = {
  none: ["persistence false"],
  defaults: ["persistence true"],
  "every second": ["persistence true", "autosave_interval 1"],
  "after every change": ["persistence true", "autosave_on_changes true", "autosave_interval 1"],
};

export interface Place {
  readonly port: number;
  /** For everything it writes. */
  readonly folder: string;
  readonly persistence: Persistence;
}

/** Nothing dropped, nothing delayed. */
export function mosquittoConfig({ port, folder, persistence }: Place): string {
  return [
    `listener ${port} 127.0.0.1`,
    "allow_anonymous true",
    "set_tcp_nodelay true",
    "max_queued_messages 0",
    `user ${userInfo().username}`,
    "log_type error",
    ...PERSISTENCE[persistence],
    `persistence_location ${folder}/`,
    "",
  ].join("\n");
}
