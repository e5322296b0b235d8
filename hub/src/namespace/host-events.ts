/** What a host over MQTT tells as it happens, ready to be printed. Times are milliseconds since 1970 UTC. */
import type { RebirthCause } from "@unshub/sparkplug";
import type { RebirthCause as TreeCause } from "../tree/index.ts";

/** Why an edge node is asked for its births: order, what the tree could not explain, a new connection, or a person. */
export type HostCause = RebirthCause | TreeCause;

/** `node`: group and edge node, `g/e`. */
interface Subject {
  readonly node: string;
  readonly device?: string;
}

export type HostEvent =
  /** `stateAt`: the time of this CONNECT, of its Will and of its STATE. */
  | { readonly event: "connecting" | "online"; readonly server: string; readonly stateAt: number }
  | { readonly event: "closing" | "stopped"; readonly server: string }
  /** Without a connection until the next attempt. */
  | { readonly event: "pausing"; readonly server: string; readonly because: string }
  | (Subject & {
      readonly event: "birth";
      readonly at: number;
      readonly metrics: number;
      readonly bdSeq?: number;
    })
  /** `at`: of an edge node by this host's clock, of a device by the time in its DDEATH. */
  | (Subject & { readonly event: "death"; readonly at: number })
  /** A birth as the server kept it: values are last known. */
  | (Subject & { readonly event: "last known" })
  | { readonly event: "stale"; readonly node: string; readonly because: string }
  | { readonly event: "rebirth requested"; readonly node: string; readonly cause: HostCause }
  /** STATE of any host; before Sparkplug 3.0 it has no time. */
  | {
      readonly event: "host state";
      readonly host: string;
      readonly online: boolean;
      readonly timestamp?: number;
    }
  /** Something that the standard does not allow, passed over as far as it is wrong. */
  | { readonly event: "fault"; readonly topic: string; readonly because: string }
  /** Our host id is used by somebody else. */
  | { readonly event: "misused"; readonly because: string };
