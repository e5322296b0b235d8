/** Whom an entry asks: connections, and the units behind them. Another entry with the same is most likely a mistake. */
import type { PlannedPeer } from "@unshub/adapter";
import { devicePath, type ModbusConfig } from "../config/config.ts";
import { linkAddress } from "../wire/link-config.ts";

const TWO_CONNECTIONS =
  "some devices take only one connection; devices of one entry share theirs, and maxConnections says how many this one takes";
const ASKED_TWICE =
  "it is asked for everything by each of them, and their writes do not know of each other; put its tags into one entry";

export function peersOf({ links }: ModbusConfig): readonly PlannedPeer[] {
  return links.flatMap((linked) => {
    const { link, devices, path, maxConnections: most } = linked;
    const address = linkAddress(link);
    const because = most === undefined ? TWO_CONNECTIONS : tooMany(most);
    return [
      { name: address, because, path: [...path, "link"], ...(most !== undefined && { most }) },
      ...devices.map(({ unit }, index) => ({
        name: `unit ${unit} at ${address}`,
        because: ASKED_TWICE,
        path: devicePath(linked, index),
      })),
    ];
  });
}

function tooMany(most: number): string {
  return `it takes ${most === 1 ? "1 connection" : `${most} connections`} (maxConnections); devices of one entry share theirs`;
}
