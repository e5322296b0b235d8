/**
 * Who asks which edge node for its births, and the rebirth shield: while an answer is awaited, further requests for the
 * same edge node are held back. The answer goes to all subscribers, so whoever asked gets it. Requests are counted by
 * edge node and client in any case.
 */
import { descriptorOf, type NodeId } from "@unshub/sparkplug";

/** Pairs of edge node and client; the one that was heard longest ago is forgotten first. */
const MAX_ASKINGS = 1000;
/** Edge nodes whose answer is awaited; beyond it a request passes, which is what happens without a shield. */
const MAX_AWAITED = 20_000;

/** Edge nodes whose requests are counted for themselves; those of all others are counted together. */
const MAX_COUNTED = 20_000;

/** Requests since the start. */
export interface AskedOften {
  readonly passed: number;
  readonly held: number;
}

/** Who asks. */
export interface Asker {
  /** `undefined`: this hub. */
  readonly clientId: string | undefined;
  /** The host that the client says it is. */
  readonly hostId: string | undefined;
  /** Why, as far as it is known: others do not say. */
  readonly cause: string | undefined;
}

export interface AskedHow {
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  /** Whether nothing else is in the same message. */
  readonly isAlone: boolean;
}

/** What one client asked of one edge node since the hub started. */
export interface Asking extends Asker {
  readonly edgeNode: string;
  /** Requests that went to the edge node. */
  readonly passed: number;
  /** Requests that the shield held back. */
  readonly held: number;
  /** Milliseconds since 1970 UTC. */
  readonly lastAt: number;
}

export class RebirthShield {
  /** `undefined`: nothing is held back. */
  readonly windowMs: number | undefined;
  readonly #askings = new Map<string, Asking>();
  /** By edge node: until when its answer is awaited. */
  readonly #awaited = new Map<string, number>();
  readonly #counts = { passed: 0, held: 0 };
  readonly #countsByNode = new Map<string, { passed: number; held: number }>();

  constructor(windowMs: number | undefined) {
    this.windowMs = windowMs;
  }

  /** Requests since the start. */
  get counts(): AskedOften {
    return this.#counts;
  }

  /** The same by edge node, those that were asked first at the beginning; beyond some thousands of them there are no more. */
  get countsByNode(): ReadonlyMap<string, AskedOften> {
    return this.#countsByNode;
  }

  /** By edge node and client, the one that asked last at the end. */
  get askings(): readonly Asking[] {
    return [...this.#askings.values()];
  }

  /** Takes a request; false when it is held back. One with other commands beside it always passes. */
  passes(node: NodeId, by: Asker, { at, isAlone }: AskedHow): boolean {
    const edgeNode = descriptorOf(node);
    const isHeld = isAlone && at < (this.#awaited.get(edgeNode) ?? 0);
    if (!isHeld) this.#await(edgeNode, at);
    const became = isHeld ? "held" : "passed";
    this.#counts[became] += 1;
    const ofNode = this.#countsOf(edgeNode);
    if (ofNode !== undefined) ofNode[became] += 1;
    this.#note(edgeNode, by, { at, isHeld });
    return !isHeld;
  }

  /** It was born: who asks now has missed that. */
  born(node: NodeId): void {
    this.#awaited.delete(descriptorOf(node));
  }

  #countsOf(edgeNode: string): { passed: number; held: number } | undefined {
    const known = this.#countsByNode.get(edgeNode);
    if (known !== undefined || this.#countsByNode.size >= MAX_COUNTED) return known;
    const counts = { passed: 0, held: 0 };
    this.#countsByNode.set(edgeNode, counts);
    return counts;
  }

  #await(edgeNode: string, at: number): void {
    if (this.windowMs === undefined) return;
    this.#awaited.delete(edgeNode);
    if (this.#awaited.size >= MAX_AWAITED) this.#forgetOver(at);
    if (this.#awaited.size < MAX_AWAITED) this.#awaited.set(edgeNode, at + this.windowMs);
  }

  /** Those that ask first end first. */
  #forgetOver(at: number): void {
    for (const [edgeNode, until] of this.#awaited) {
      if (until > at) return;
      this.#awaited.delete(edgeNode);
    }
  }

  #note(
    edgeNode: string,
    by: Asker,
    { at, isHeld }: { readonly at: number; readonly isHeld: boolean },
  ): void {
    const key = JSON.stringify([edgeNode, by.clientId]);
    const before = this.#askings.get(key);
    this.#askings.delete(key);
    const [oldest] = this.#askings.keys();
    if (this.#askings.size >= MAX_ASKINGS && oldest !== undefined) this.#askings.delete(oldest);
    const passed = (before?.passed ?? 0) + Number(!isHeld);
    const held = (before?.held ?? 0) + Number(isHeld);
    this.#askings.set(key, { ...by, edgeNode, passed, held, lastAt: at });
  }
}
