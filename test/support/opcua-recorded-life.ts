/** The life of an adapter that is recorded with asyncua, and lived again with the recording. */
import type { WriteResult } from "@unshub/adapter";
import { ASYNCUA, ASYNCUA_VALUES } from "./asyncua-server.ts";
import type { OpcUaRun } from "./opcua-run.ts";

/** All nodes of `asyncua-server.py`. */
export function recordedConfig(endpoint: string): Record<string, unknown> {
  return {
    endpoint,
    security: "none",
    allowNone: true,
    device: "cell",
    readOnly: false,
    offlineGrace: "30s",
    groups: { fast: { interval: "100ms", sampling: "50ms", queue: 100 } },
    tags: [...Object.keys(ASYNCUA_VALUES), "Speed", "Span"].map((name) => ({
      name,
      node: `nsu=${ASYNCUA};s=${name}`,
      access: "rw",
      group: "fast",
    })),
    methods: [{ name: "Add", object: `nsu=${ASYNCUA};s=Folder`, method: `nsu=${ASYNCUA};s=Add` }],
  };
}

/** What is done to the server, in this order; each is a mark of the recording. */
export const ACTS = [
  "set Speed 1",
  "set Speed 50",
  "status Speed 808c0000", // BadSensorFailure
  "set Speed 51",
  "delete Float",
] as const;

/** What is written, and that 64 bits stay exact. */
export const WRITTEN = {
  Int64: 9_007_199_254_740_995n,
  UInt64: 18_446_744_073_709_551_613n,
  Text: "übernommen",
  Doubles: [0.1, 1e300],
} as const;

/** Lives it to its end. `act` does the next of `ACTS`. */
export async function liveRecorded(
  run: OpcUaRun,
  act: () => Promise<void>,
): Promise<ReadonlyMap<string, WriteResult>> {
  await run.until(() => run.count("born") === 1);
  await act();
  await run.until(() => run.latest("Speed")?.value === 1);
  await act();
  await run.until(() => run.latest("Speed")?.value === 50);
  await act();
  await run.until(() => run.latest("Speed")?.quality === "bad");
  await act();
  await run.until(() => run.latest("Speed")?.value === 51);

  const outcomes = new Map<string, WriteResult>();
  for (const [name, value] of Object.entries(WRITTEN)) {
    outcomes.set(name, await run.write("cell", name, value));
  }
  outcomes.set("Add/Call", await run.write("cell", "Add/Call", "[1.5, 2]"));
  await run.until(() => run.latest("Add/Result")?.value !== null);
  await act();
  await run.until(() => run.latest("Float")?.quality === "bad");
  return outcomes;
}
