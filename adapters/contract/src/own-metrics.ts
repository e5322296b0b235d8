/**
 * The metrics that every device has beside its tags: what may be asked of it (`Device Control/…`), what became of the last
 * write, and how it stands (`Device Info/…`). They are born after the tags and told like these.
 */
import { GOOD, type BornMetric, type Datatype, type MetricValue } from "@unshub/sparkplug";
import type { DeviceDiagnostics } from "./diagnostics.ts";
import { LastPublished } from "./last-published.ts";
import { ON_CHANGE, type PublishRule } from "./publish-rule.ts";
import type { SampleBatchBuilder } from "./sample-batch.ts";
import type { WriteCommand, WriteResult } from "./write.ts";

/** What somebody asks of a device by a command. */
export type DeviceControl =
  | { readonly kind: "rebirth" }
  | { readonly kind: "poll" }
  | { readonly kind: "enabled"; readonly isEnabled: boolean }
  | { readonly kind: "scanRate"; readonly ms: number }
  | { readonly kind: "refused"; readonly because: string }
  /** `false` written to what is a button. */
  | { readonly kind: "nothing" };

/** What is known of a device that is no tag. */
export interface OwnState {
  readonly diagnostics: DeviceDiagnostics;
  readonly isEnabled: boolean;
  /** Of its fastest group. */
  readonly scanRateMs: number;
}

interface LastWrite {
  readonly command: WriteCommand;
  readonly result: WriteResult;
}

interface Row {
  readonly name: string;
  readonly datatype: Datatype;
  readonly rule: PublishRule;
  readonly unit?: string;
  readonly writable?: boolean;
  of(state: OwnState, lastWrite: LastWrite | undefined): MetricValue;
}

const NOT_OFTEN: PublishRule = { publish: "onChange", minIntervalMs: 5000 };
const ROUGHLY: PublishRule = { ...NOT_OFTEN, deadbandPercent: 10, of: "value" };
const SHORTEST_SCAN_MS = 10;
const LONGEST_SCAN_MS = 86_400_000;

const control = (name: string, datatype: Datatype, of: Row["of"]): Row => ({
  name: `Device Control/${name}`,
  datatype,
  rule: ON_CHANGE,
  writable: true,
  of,
});
const write = (name: string, datatype: Datatype, of: (write: LastWrite) => MetricValue): Row => ({
  name: `Device Control/Last Write/${name}`,
  datatype,
  rule: ON_CHANGE,
  of: (_state, lastWrite) => (lastWrite === undefined ? null : of(lastWrite)),
});
const info = (
  name: string,
  datatype: Datatype,
  of: (device: DeviceDiagnostics) => MetricValue,
  rule: PublishRule = ON_CHANGE,
): Row => ({
  name: `Device Info/${name}`,
  datatype,
  rule,
  of: ({ diagnostics }) => of(diagnostics),
});

const ROWS: readonly Row[] = [
  control("Rebirth", "Boolean", () => false),
  control("Enabled", "Boolean", ({ isEnabled }) => isEnabled),
  control("Poll", "Boolean", () => false),
  { ...control("Scan Rate", "UInt32", ({ scanRateMs }) => scanRateMs), unit: "ms" },
  write("Tag", "String", ({ command }) => command.metric),
  write("Requested", "String", ({ command }) => shown(command.value)),
  write("Result", "String", ({ result }) => result.outcome),
  write("Reason", "String", ({ result }) => result.because ?? ""),
  write("Time", "DateTime", ({ result }) => result.at),
  info("State", "String", ({ state }) => state),
  info("Since", "DateTime", ({ since }) => since),
  info("Address", "String", ({ address }) => address),
  info("Last Error", "String", ({ lastError }) => lastError ?? ""),
  info("Demoted", "Boolean", ({ isDemoted }) => isDemoted),
  info("Timeouts", "Int64", ({ timeouts }) => timeouts, NOT_OFTEN),
  info("Exceptions", "Int64", ({ exceptions }) => exceptions, NOT_OFTEN),
  info("Overruns", "Int64", ({ overruns }) => overruns, NOT_OFTEN),
  info("RTT p50 ms", "Double", ({ rttP50Ms }) => rttP50Ms ?? null, ROUGHLY),
  info("RTT p99 ms", "Double", ({ rttP99Ms }) => rttP99Ms ?? null, ROUGHLY),
  info("Requests/s", "Double", ({ requestsPerSecond }) => requestsPerSecond, ROUGHLY),
  info("Tags", "UInt32", ({ tags }) => tags),
  info("Bad Tags", "UInt32", ({ badTags }) => badTags),
];

/** The names that no tag may have: everything below these. */
export const OWN_PREFIXES: readonly string[] = ["Device Control/", "Device Info/"];

/** Of one device. */
export class OwnMetrics {
  #first: number;
  readonly #last = new LastPublished(ROWS);
  #lastWrite: LastWrite | undefined;

  /** `first`: how many tags stand before them in the birth. */
  constructor(first: number) {
    this.#first = first;
  }

  /** Another number of tags will stand before them in the births to come. */
  standBehind(tags: number): void {
    this.#first = tags;
  }

  /** What goes into the birth after the tags. `nowMs`: milliseconds since 1970 UTC. */
  born(state: OwnState, nowMs: number): readonly BornMetric[] {
    return ROWS.map((row, index) => {
      const { name, datatype, writable = false, unit } = row;
      const value = row.of(state, this.#lastWrite);
      if (typeof value === "number") this.#last.published(index, value, GOOD, nowMs);
      else this.#last.publishedOther(index, value, GOOD, nowMs);
      const common = {
        name,
        datatype,
        value,
        writable,
        quality: "good",
        timestamp: nowMs,
      } as const;
      return unit === undefined ? common : { ...common, unit };
    });
  }

  /** Adds what changed since it was last told. Call it now and then, and after a write. */
  tell(state: OwnState, builder: SampleBatchBuilder, nowMs: number): void {
    for (const [index, row] of ROWS.entries()) {
      const value = row.of(state, this.#lastWrite);
      const metric = this.#first + index;
      if (typeof value === "number") {
        if (this.#last.check(index, value, GOOD, nowMs)) builder.add(metric, value, GOOD, nowMs);
      } else if (this.#last.checkOther(index, value, GOOD, nowMs)) {
        builder.addOther(metric, value, { quality: GOOD, at: nowMs });
      }
    }
  }

  /** Remembers a write for `Last Write/…`. */
  wrote(command: WriteCommand, result: WriteResult): void {
    this.#lastWrite = { command, result };
  }
}

/** What a command to `metric` asks of the device; `undefined` when it is none of these, hence a tag. */
export function deviceControl(metric: string, value: MetricValue): DeviceControl | undefined {
  switch (metric) {
    case "Device Control/Rebirth":
      return value === true ? { kind: "rebirth" } : { kind: "nothing" };
    case "Device Control/Poll":
      return value === true ? { kind: "poll" } : { kind: "nothing" };
    case "Device Control/Enabled":
      return typeof value === "boolean"
        ? { kind: "enabled", isEnabled: value }
        : { kind: "refused", because: `${metric} takes true or false` };
    case "Device Control/Scan Rate":
      return scanRate(metric, value);
    default:
      return undefined;
  }
}

function scanRate(metric: string, value: MetricValue): DeviceControl {
  const ms = Number(value);
  const fits = typeof value !== "boolean" && ms >= SHORTEST_SCAN_MS && ms <= LONGEST_SCAN_MS;
  if (fits) return { kind: "scanRate", ms };
  const because = `${metric} takes ${SHORTEST_SCAN_MS} to ${LONGEST_SCAN_MS} ms, not ${shown(value)}`;
  return { kind: "refused", because };
}

/** A value in a sentence, never longer than a line. */
function shown(value: MetricValue): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value === "object" && value !== null) return "a structured value";
  const text = String(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
