/** Commands over a small tree, with the plant's answer as a test wants it. */
import type { SparkplugMessage } from "@unshub/sparkplug";
import {
  Commands,
  commandsSection,
  type Writer,
  type WriteOutcome,
} from "../../hub/src/command/index.ts";
import type { AuditEntry } from "../../hub/src/identity/index.ts";
import { NodeSessions, UnsTree } from "../../hub/src/tree/index.ts";
import { SILENT_LOG } from "./silent-log.ts";
import { dbirth, nbirth } from "./sparkplug-messages.ts";

interface Plant {
  /** Of the section `commands:`; left out: everything is open. */
  readonly config?: object;
  /** The plant's answer to a DCMD. */
  readonly onSent?: (sessions: NodeSessions) => void;
  readonly isHeard?: boolean;
  /** An adapter of the hub serves the device. */
  readonly isAnswered?: boolean;
}

/** Commands over a tree with `g/e/d/Motor/Speed` = 1200 and `g/e/d/ok` = true. */
export function openCommands(plant: Plant = {}) {
  const { config, onSent = () => undefined, isHeard = true, isAnswered = false } = plant;
  const tree = new UnsTree();
  const sessions = new NodeSessions(tree, () => undefined);
  sessions.apply(nbirth());
  sessions.apply(dbirth());
  const sent: SparkplugMessage[] = [];
  const audited: AuditEntry[] = [];
  const clock = { now: 1000 };
  const desk = { isBroken: false, later: note, write: note, refused: note };
  function note(entry: AuditEntry): void {
    audited.push(entry);
  }
  const commands = new Commands({
    tree,
    log: SILENT_LOG,
    now: () => clock.now,
    ...(config && { config: commandsSection.parse(config) }),
    isHeard: () => isHeard,
    isAnswered: () => isAnswered,
    audit: desk,
    publish: async (dcmd) => {
      sent.push(dcmd);
      onSent(sessions);
    },
  });
  return { commands, sent, sessions, audited, clock, desk };
}

export const SPEED = "g/e/d/Motor/Speed";

export function person(name: string, fault?: string): Writer {
  return { actor: `user:${name}`, via: "api", fault: () => fault };
}

export function becauseOf(outcome: WriteOutcome | undefined): string {
  return outcome !== undefined && "because" in outcome ? outcome.because : "";
}
