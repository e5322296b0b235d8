/** What other clients command, by NCMD and DCMD: by the same rules as a write, but it is theirs to send. */
import type { MetricValue } from "@unshub/sparkplug";
import { joinPath, type MetricInfo, type UnsTree } from "../tree/index.ts";
import type { CommandNotes } from "./command-notes.ts";
import type { Refusal, Writer, WriteOutcome } from "./outcome.ts";
import type { Pace } from "./pace.ts";
import type { CommandsConfig } from "./rules/index.ts";
import type { Sending } from "./sending.ts";
import type { Wish, Wishes } from "./wish.ts";

/** What another client commands: a metric that was born, and a value of its datatype. */
export interface Foreign {
  readonly info: MetricInfo;
  readonly value: MetricValue;
  /** The timestamp of the metric, if it has one. */
  readonly askedAt?: number | undefined;
}

export interface ForeignCommandsOptions {
  readonly tree: UnsTree;
  readonly config: CommandsConfig;
  readonly wishes: Wishes;
  readonly pace: Pace;
  readonly notes: CommandNotes;
  readonly sending: Sending;
}

export class ForeignCommands {
  readonly #options: ForeignCommandsOptions;

  constructor(options: ForeignCommandsOptions) {
    this.#options = options;
  }

  /** Whether no rule says anything: then what other clients command is theirs, and is only followed. */
  get isOpen(): boolean {
    const { default: usual, rules } = this.#options.config;
    return usual === "allow" && rules.length === 0;
  }

  /** Why a command goes nowhere; `undefined`: it may pass. */
  judge(foreign: Foreign, by: Writer): Refusal | undefined {
    const wish = this.#wish(foreign);
    const refusal = "code" in wish ? wish : this.#fault(wish);
    if (refusal === undefined) return undefined;
    this.#options.notes.end(this.#open(foreign, by), { result: "refused", ...refusal });
    return refusal;
  }

  /**
   * Notes and follows a command that passes; `undefined`: it is one that cannot be followed. Resolves with how it ended; with
   * `undefined` when too many are under way.
   */
  passed(foreign: Foreign, by: Writer): Promise<WriteOutcome | undefined> | undefined {
    const { notes, sending } = this.#options;
    const wish = this.#wish(foreign);
    if ("code" in wish) return undefined;
    const command = this.#open(foreign, by);
    notes.asked(command);
    return sending.follow({ command, wish }, foreign.askedAt);
  }

  #wish({ info, value }: Foreign): Wish | Refusal {
    return this.#options.wishes.accept(info, this.#pathOf(info), value);
  }

  #open({ info, value }: Foreign, by: Writer): number {
    return this.#options.notes.open({ path: this.#pathOf(info), info, asked: value }, by);
  }

  /** Nobody can be asked when a client commands for itself. */
  #fault({ info, rule }: Wish): Refusal | undefined {
    const because = "a second person must say yes: command it by the page, the API or unshub write";
    if (rule.secondPerson) return { code: "NO_SECOND_PERSON", because };
    return this.#options.pace.fault(info.id, rule);
  }

  #pathOf({ id }: MetricInfo): string {
    return joinPath(this.#options.tree.segments(id));
  }
}
