/** Whom an entry asks: connections, and the units behind them. Another entry with the same is most likely a mistake. */
import type { PlannedPeer } from "@unshub/adapter";
import type { ModbusConfig } from "../config/config.ts";
import { linkAddress } from "../wire/link-config.ts";

const TWO_CONNECTIONS = "some devices take only one connection; devices of one entry share theirs";
const ASKED_TWICE =
  "it is asked for everything by each of them, and their writes do not know of each other; put its tags into one entry";

export function peersOf({ links }: ModbusConfig): readonly PlannedPeer[] {
  return links.flatMap(({ link, devices, path }) => {
    const address = linkAddress(link);
    return [
      { name: address, because: TWO_CONNECTIONS, path: [...path, "link"] },
      ...devices.map(({ unit }, index) => ({
        name: `unit ${unit} at ${address}`,
        because: ASKED_TWICE,
        path: [...path, "devices", index],
      })),
    ];
  });
}
