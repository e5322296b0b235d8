/** What the address bar says of the page of adapters: which device is looked at, and in which way. */
import { pairsOf } from "./path.ts";

export const DEVICE_TABS = ["tags", "requests", "registers", "browse", "link"] as const;
export type DeviceTab = (typeof DEVICE_TABS)[number];

export interface AdaptersAddress {
  readonly adapter: string | null;
  readonly device: string | null;
  readonly tab: DeviceTab;
  /** What the tags, or the list, are filtered by. */
  readonly filter: string;
}

const OWN: ReadonlySet<string> = new Set(["id", "device", "tab", "f"]);

export function readAdaptersAddress(search: string): AdaptersAddress {
  const given = new Map(pairsOf(search));
  const adapter = decoded(given.get("id"));
  const tab = DEVICE_TABS.find((name) => name === given.get("tab")) ?? "tags";
  return {
    adapter,
    device: decoded(given.get("device")),
    tab,
    filter: decoded(given.get("f")) ?? "",
  };
}

/** What else stands in the address stays. */
export function adaptersSearch(address: AdaptersAddress, before: string): string {
  const { adapter, device, tab, filter } = address;
  const own: readonly (readonly [string, string | null])[] = [
    ["id", adapter],
    ["device", device],
    ["tab", tab === "tags" ? null : tab],
    ["f", filter === "" ? null : filter],
  ];
  const parts = [
    ...own.flatMap(([key, value]) =>
      value === null ? [] : [`${key}=${encodeURIComponent(value.toWellFormed())}`],
    ),
    ...pairsOf(before).flatMap(([key, value]) => (OWN.has(key) ? [] : [`${key}=${value}`])),
  ];
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

/** The page of one device. */
export function deviceHref(adapter: string, device: string): string {
  return `/adapters/${adaptersSearch({ adapter, device, tab: "tags", filter: "" }, "")}`;
}

function decoded(text: string | undefined): string | null {
  if (text === undefined) return null;
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
