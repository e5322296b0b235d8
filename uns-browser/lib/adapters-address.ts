/** What the address bar says of the page of adapters: which device is looked at, and in which way. */
import { readSearch, searchWith } from "./own-search.ts";

export const DEVICE_TABS = ["tags", "requests", "registers", "browse", "link"] as const;
export type DeviceTab = (typeof DEVICE_TABS)[number];

export interface AdaptersAddress {
  readonly adapter: string | null;
  readonly device: string | null;
  readonly tab: DeviceTab;
  /** What the tags, or the list, are filtered by. */
  readonly filter: string;
  /** Only what is in trouble is listed. */
  readonly onlyTrouble: boolean;
}

/** All adapters, without any filter. */
export const ALL_ADAPTERS: AdaptersAddress = {
  adapter: null,
  device: null,
  tab: "tags",
  filter: "",
  onlyTrouble: false,
};

export function readAdaptersAddress(search: string): AdaptersAddress {
  const given = readSearch(search);
  const tab = DEVICE_TABS.find((name) => name === given.get("tab")) ?? "tags";
  return {
    adapter: given.get("id") ?? null,
    device: given.get("device") ?? null,
    tab,
    filter: given.get("f") ?? "",
    onlyTrouble: given.get("only") === "trouble",
  };
}

/** What else stands in the address stays. */
export function adaptersSearch(address: AdaptersAddress, before: string): string {
  const { adapter, device, tab, filter, onlyTrouble } = address;
  const only = onlyTrouble ? "trouble" : null;
  const own = { id: adapter, device, tab: tab === "tags" ? null : tab, f: filter, only };
  return searchWith(own, before);
}

/** The page of one device. */
export function deviceHref(adapter: string, device: string): string {
  return tagHref(adapter, device, "");
}

/** The tags of a device that have these letters in their names. */
export function tagHref(adapter: string, device: string, filter: string): string {
  return `/adapters/${adaptersSearch({ ...ALL_ADAPTERS, adapter, device, filter }, "")}`;
}
