/** What an edge node last announced, as it is needed to introduce it again at the other side. */
import type { NodeId } from "@unshub/sparkplug";

export interface Births {
  /** The payload of its NBIRTH, and the bdSeq in it; `undefined`: it had none. */
  readonly node: Uint8Array;
  readonly bdSeq: number | undefined;
  /** The payloads of the DBIRTHs of devices that have not died, in their order. */
  readonly devices: ReadonlyMap<string, Uint8Array>;
  /** The hubs that brought it here. */
  readonly via: readonly string[];
}

/** What is remembered of an edge node between two connections. */
export interface NodeMemory extends NodeId {
  /** `undefined`: dead, or not heard yet. */
  readonly births: Births | undefined;
}

/** The same with a device more, or one less. */
export function withDevice(
  births: Births,
  deviceId: string,
  payload: Uint8Array | undefined,
): Births {
  const devices = new Map(births.devices);
  devices.delete(deviceId); // one that is born again comes last
  if (payload !== undefined) devices.set(deviceId, Uint8Array.from(payload));
  return { ...births, devices };
}
