/** What is known around the metrics of a message while they are looked at. */
import type { Metric } from "@unshub/sparkplug";
import type { Faults } from "./faults.ts";
import type { MessageType } from "./head-check.ts";
import type { Occasion } from "./rule.ts";

/** What a birth said of a metric. */
export interface BornAs {
  readonly name: string;
  /** `undefined`: a metric of the edge node itself. */
  readonly deviceId: string | undefined;
  readonly datatypeCode: number;
}

/** What a template definition has. */
export interface Definition {
  readonly members: ReadonlySet<string>;
  readonly parameters: ReadonlySet<string>;
}

/** The definitions of one edge node, by name. */
export type Definitions = ReadonlyMap<string, Definition>;

export interface MetricsAbout {
  readonly type: MessageType;
  readonly deviceId: string | undefined;
  readonly definitions: Definitions;
  readonly faults: Faults;
  /** What the births of this edge node that still hold said of a metric: by name in this member, by alias in all. */
  born(metric: Pick<Metric, "name" | "alias">): BornAs | undefined;
  /** Told of parts that were seen, whether they are in order or not. */
  saw(occasion: Occasion): void;
}

/** How a metric is called in a sentence. */
export function called({ name, alias }: Pick<Metric, "name" | "alias">): string {
  if (name !== undefined) return `"${name}"`;
  return alias === undefined ? "a metric without name" : `alias ${alias}`;
}
