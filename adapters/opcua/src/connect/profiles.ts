/** What is known of families of servers. A profile caps what a server reports of itself, and never raises it. */

/** One family. Numbers left out: as the server reports. */
export interface Profile {
  readonly name: ProfileName;
  /** Items, nodes or values in one call. */
  readonly itemsPerCall?: number;
  /** Whether calls begin small and grow while the server answers fast. */
  readonly grows: boolean;
  /** Browse calls at once. */
  readonly parallelBrowse: number;
  /** Monitored items of one session. */
  readonly maxItems?: number;
  /** Items of one subscription. */
  readonly itemsPerSubscription: number;
  /** Publish requests that may wait at the server. */
  readonly maxPublishRequests: number;
  /** Who can leave out small changes. */
  readonly deadband: "server" | "local" | "try";
}

export const PROFILE_NAMES = [
  "default",
  "siemensS71200",
  "siemensS71500",
  "kepware",
  "ignition",
  "codesys",
  "open62541",
] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

const USUAL = {
  grows: false,
  itemsPerSubscription: 5_000,
  maxPublishRequests: 10,
} as const;

const PROFILES: Readonly<Record<ProfileName, Omit<Profile, "name">>> = {
  default: { ...USUAL, itemsPerCall: 100, grows: true, parallelBrowse: 8, deadband: "try" },
  siemensS71200: {
    ...USUAL,
    itemsPerCall: 100,
    parallelBrowse: 2,
    maxItems: 1_000,
    deadband: "local",
  },
  siemensS71500: {
    ...USUAL,
    itemsPerCall: 500,
    parallelBrowse: 4,
    maxItems: 10_000,
    deadband: "server",
  },
  kepware: { ...USUAL, itemsPerCall: 1_000, parallelBrowse: 8, deadband: "server" },
  ignition: { ...USUAL, itemsPerCall: 500, parallelBrowse: 8, deadband: "server" },
  codesys: {
    ...USUAL,
    itemsPerCall: 200,
    parallelBrowse: 2,
    maxPublishRequests: 5,
    deadband: "try",
  },
  open62541: { ...USUAL, parallelBrowse: 8, deadband: "server" },
};

/** By what a server says of itself, maker and product in one text; the first that fits. */
const SIGNS: readonly (readonly [RegExp, ProfileName])[] = [
  [/S7-?1200|SIMATIC.*1200/i, "siemensS71200"],
  [/S7-?1500|SIMATIC|SINUMERIK/i, "siemensS71500"],
  [/kepware|KEPServer|ThingWorx Kepware/i, "kepware"],
  [/ignition|inductive automation|milo/i, "ignition"],
  [/beckhoff|twincat|codesys|3S-Smart|B&R|Bernecker/i, "codesys"],
  [/open62541|node-?opcua/i, "open62541"],
];

/** The profile of a server that introduces itself like this. */
export function profileOf(identity: {
  readonly manufacturer: string;
  readonly product: string;
  readonly productUri: string;
}): Profile {
  const text = `${identity.manufacturer} ${identity.product} ${identity.productUri}`;
  const name = SIGNS.find(([sign]) => sign.test(text))?.[1] ?? "default";
  return profileNamed(name);
}

export function profileNamed(name: ProfileName): Profile {
  return { name, ...PROFILES[name] };
}
