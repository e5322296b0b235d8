/** What a request costs beside its registers: the line decides. */
import type { DeviceConfig } from "../config/config.ts";
import { charactersMs } from "../wire/line-timing.ts";
import type { BusConfig, LinkConfig } from "../wire/link-config.ts";
import type { RequestCost } from "./limits.ts";

/** What a request to this device costs beside its registers. */
export function costOf({ unit }: Pick<DeviceConfig, "unit">, link: LinkConfig): RequestCost {
  const line = lineOf(link);
  if (line === undefined) return { carrier: "tcp" };
  const turnaroundMs = line.unitTurnaroundMs?.get(unit) ?? line.turnaroundMs ?? 0;
  const characterMs = charactersMs(line, 1);
  return { carrier: "rtu", turnaround: characterMs === 0 ? 0 : turnaroundMs / characterMs };
}

/** The line behind a link; `undefined` where there is none or nobody knows how fast it is. */
export function lineOf(link: LinkConfig): BusConfig | undefined {
  const isBus = link.framing === "rtu" || link.framing === "rtuOverTcp";
  return isBus && link.baud !== undefined ? link : undefined;
}
