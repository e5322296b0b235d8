/** What the other side commands: births may be asked for, nothing else comes in by a link. */
import type { Logger } from "@unshub/adapter";
import { decodePayload, descriptorOf, REBIRTH, type NodeId } from "@unshub/sparkplug";
import { DECODING } from "../../tree/index.ts";
import { reasonOf } from "../target.ts";

export interface FarCommandsOptions {
  /** The name of the sink. */
  readonly sink: string;
  readonly requestRebirth: (node: NodeId) => void;
  readonly log: Logger;
}

/** Edge nodes of which refused commands are told; more are refused without a word. */
const MOST_TOLD = 1000;

export class FarCommands {
  readonly #options: FarCommandsOptions;
  /** Edge nodes of which it was told that a command was refused. */
  readonly #told = new Set<string>();
  #isUnheardTold = false;

  constructor(options: FarCommandsOptions) {
    this.#options = options;
  }

  commanded(node: NodeId, payload: Uint8Array): void {
    const { sink, log, requestRebirth } = this.#options;
    if (isRebirth(payload)) return requestRebirth(node);
    const edgeNode = descriptorOf(node);
    if (this.#told.has(edgeNode) || this.#told.size > MOST_TOLD) return;
    this.#told.add(edgeNode);
    log.warn({ sink, edgeNode }, "a command of the other side is not carried out");
  }

  /** The other side lets an edge node hear no commands. Told once: it holds for all of them as a rule. */
  unheard(node: NodeId, because: Error): void {
    if (this.#isUnheardTold) return;
    this.#isUnheardTold = true;
    const { sink, log } = this.#options;
    log.warn(
      { sink, edgeNode: descriptorOf(node), because: reasonOf(because) },
      "the other side lets edge nodes hear no commands, not even what asks for a rebirth",
    );
  }
}

function isRebirth(payload: Uint8Array): boolean {
  try {
    const { metrics } = decodePayload(payload, DECODING);
    return metrics.length === 1 && metrics[0]?.name === REBIRTH;
  } catch {
    return false;
  }
}
