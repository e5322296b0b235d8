/** Edge nodes whose adapter somebody has stopped: that is why their metrics are old. */
import type { Lost } from "./deaths.ts";
import type { NodeId } from "./session.ts";

export const STOPPED = "its adapter is stopped";

export class HeldNodes {
  readonly #held = new Set<string>();

  hold(node: NodeId, isHeld: boolean): void {
    if (isHeld) this.#held.add(keyOf(node));
    else this.#held.delete(keyOf(node));
  }

  /** Why one that died is missed. */
  whyOf(node: NodeId, otherwise: Lost["because"]): Lost["because"] {
    return this.#held.has(keyOf(node)) ? STOPPED : otherwise;
  }
}

function keyOf({ groupId, edgeNodeId }: NodeId): string {
  return `${groupId}/${edgeNodeId}`;
}
