/** The only place in the hub that knows adapters by name. */
import {
  ConfigError,
  type AdapterModule,
  type AdapterPlan,
  type ConfigPlace,
  type PlannedBirth,
  type PlannedPeer,
} from "@unshub/adapter";
import type { AdapterEntry } from "../config/index.ts";

const LOADERS = new Map<string, () => Promise<{ readonly default: AdapterModule<unknown> }>>([
  ["modbus", () => import("@unshub/adapter-modbus")],
  ["opcua", () => import("@unshub/adapter-opcua")],
]);

/** The protocols that some adapter speaks. */
export function adapterProtocols(): readonly string[] {
  return [...LOADERS.keys()];
}

/** @throws {ConfigError} when no adapter speaks `protocol`. */
export async function loadAdapter(protocol: string): Promise<AdapterModule<unknown>> {
  const load = LOADERS.get(protocol);
  if (load === undefined) {
    const known = [...LOADERS.keys()].join(", ");
    const message = `no adapter speaks "${protocol}"; there are: ${known}`;
    throw new ConfigError([{ path: ["protocol"], message }]);
  }
  const { default: module } = await load();
  return module;
}

/** Checks one adapter's part of the configuration; answers whom it will ask. @throws {ConfigError} with every problem. */
export async function checkAdapterConfig(
  protocol: string,
  input: unknown,
  place: ConfigPlace,
): Promise<readonly PlannedPeer[]> {
  const module = await loadAdapter(protocol);
  const config = module.parseConfig(input, place); // also of one that names no peers
  return module.peers?.(config) ?? [];
}

/** The devices of a checked part of the configuration as they will be born; none where nobody knows. Opens nothing. */
export async function plannedBirths({
  protocol,
  input,
  folder,
}: Pick<AdapterEntry, "protocol" | "input" | "folder">): Promise<readonly PlannedBirth[]> {
  const module = await loadAdapter(protocol);
  return module.births?.(module.parseConfig(input, { folder })) ?? [];
}

/** What an adapter would do with a checked part of the configuration; `undefined` when it cannot tell. Opens nothing. */
export async function describeAdapter(
  protocol: string,
  input: unknown,
  place: ConfigPlace,
): Promise<AdapterPlan | undefined> {
  const module = await loadAdapter(protocol);
  return module.describe?.(module.parseConfig(input, place));
}
