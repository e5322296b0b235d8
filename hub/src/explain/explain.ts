/** Why is this value stale? Asks every room what it knows of a path and puts the answers in the order of the way. */
import { joinPath } from "../tree/index.ts";
import { adapterHop, plcHop } from "./plc-hops.ts";
import { brokerHop } from "./broker-hop.ts";
import { factsOf, type ExplainRooms } from "./facts.ts";
import { guardHop } from "./guard-hop.ts";
import { verdictOf, type Explanation } from "./hop.ts";
import { nearPaths } from "./near.ts";
import { readerHop } from "./reader-hop.ts";
import { seqHop } from "./seq-hop.ts";
import { sessionHop } from "./session-hop.ts";

const UNCHANGED =
  "The value is the last one that its source sent, and its source is alive: what does not change is not sent again.";
const ALL_LIVE = "Everything here is live.";

/** There is nothing to explain at a path: why, and what is near. */
export interface NothingThere {
  readonly nothing: string;
  readonly near: readonly string[];
}

export class Explainer {
  readonly #rooms: ExplainRooms;

  constructor(rooms: ExplainRooms) {
    this.#rooms = rooms;
  }

  /** `path`: of a metric, folder, device or edge node, as `joinPath` writes it. */
  async explain(path: string): Promise<Explanation | NothingThere> {
    const { tree } = this.#rooms;
    const row = tree.find(path);
    if (row === undefined || !tree.rows.has(row)) {
      return { nothing: `there is nothing at "${path}"`, near: await nearPaths(tree, path) };
    }
    const facts = factsOf(this.#rooms, row);
    if (facts === undefined) {
      const near = [...tree.rows.children(row)]
        .slice(0, 5)
        .map((id) => joinPath(tree.segments(id)));
      return { nothing: `"${path}" is a group; ask for an edge node, device or metric`, near };
    }
    const hops = [plcHop, adapterHop, sessionHop, seqHop, guardHop, brokerHop, readerHop].map(
      (hop) => hop(facts),
    );
    const { kind, metric, now, startedAt } = facts;
    return {
      path: joinPath(tree.segments(row)),
      kind,
      quality: metric?.quality,
      receivedAt: metric?.receivedAt,
      now,
      startedAt,
      verdict: verdictOf(hops, kind === "metric" ? UNCHANGED : ALL_LIVE),
      hops,
    };
  }
}
