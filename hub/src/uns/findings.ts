/** What can be wrong with places and plain topics; `unshub findings` shows it beside the codes of the guard. */
import { OwnFindings } from "../finding.ts";

type UnsCode = "U01" | "U02" | "U03" | "U04";

export class UnsFindings extends OwnFindings<UnsCode> {
  /** `now`: milliseconds since 1970 UTC. */
  constructor(now: () => number) {
    super(KINDS, now);
  }
}

const KINDS = {
  U01: {
    title: "no place in the plant",
    advice: "add a rule for it to uns.placement, or a last one for everything",
  },
  U02: {
    title: "two at one place",
    advice: "give one of them another place in uns.placement; the first one keeps the path",
  },
  U03: {
    title: "a metric stands where another one is written",
    advice: "rename the metric set, or write the other one by command",
  },
  U04: {
    title: "a path that cannot be a topic",
    advice: "shorten the name of the metric, or the path of its device",
  },
} as const;
