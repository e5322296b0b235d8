/** What can be wrong with sinks: one finding for each kind and sink. */
import { OwnFindings } from "../finding.ts";

type SinkCode = "SINK-DOWN" | "SINK-GAP" | "SINK-REFUSED";

export class SinkFindings extends OwnFindings<SinkCode> {
  /** `now`: milliseconds since 1970 UTC. */
  constructor(now: () => number) {
    super(KINDS, now);
  }
}

const KINDS = {
  "SINK-DOWN": {
    title: "a sink cannot write",
    advice:
      "see unshub sinks for the reason; nothing is lost while history.replay keeps what it has not read",
  },
  "SINK-GAP": {
    title: "values are missing at a sink",
    advice:
      "raise history.replay.keep and maxSize above the longest time that the target may be away; " +
      "unshub export still has what is missing there, as long as history.keep",
  },
  "SINK-REFUSED": {
    title: "the target of a sink refuses values",
    advice: "see unshub sinks dead-letters NAME; when the cause is gone: unshub sinks retry NAME",
  },
} as const;
