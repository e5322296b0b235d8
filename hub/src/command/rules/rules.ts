/** Which rule governs a metric. */
import { isNamed } from "./pattern.ts";
import type { CommandRule, CommandsConfig } from "./schema.ts";

/** What one metric is held to. */
export interface Governing extends Omit<CommandRule, "metrics" | "confirmWithin"> {
  /** The number of the rule in the configuration, from 1; `undefined`: none names the metric. */
  readonly number: number | undefined;
  /** Milliseconds. */
  readonly confirmWithin: number;
}

export class Rules {
  readonly #config: CommandsConfig;

  constructor(config: CommandsConfig) {
    this.#config = config;
  }

  /** The first rule that names one of the addresses of a metric. */
  of(addresses: readonly string[]): Governing {
    const { rules, confirmWithin } = this.#config;
    const at = rules.findIndex(({ metrics }) =>
      metrics.some((pattern) => addresses.some((address) => isNamed(pattern, address))),
    );
    const rule = rules[at];
    if (rule === undefined) return this.#otherwise();
    return { ...rule, confirmWithin: rule.confirmWithin ?? confirmWithin, number: at + 1 };
  }

  #otherwise(): Governing {
    const { default: usual, confirmWithin } = this.#config;
    return {
      allow: usual === "allow",
      interlocks: [],
      secondPerson: false,
      guarded: false,
      confirmWithin,
      number: undefined,
    };
  }
}
