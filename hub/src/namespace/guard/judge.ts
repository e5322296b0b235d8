/** From faults to a verdict: each has a level, is counted, and the first that is to be rejected refuses the message. */
import type { Logger } from "@unshub/adapter";
import type { Verdict } from "../../broker/index.ts";
import type { NamespaceConfig, RuleCode } from "../../config/index.ts";
import { CATALOGUE, levelOf } from "./catalogue.ts";
import { sentenceOf, type Fault, type Faults } from "./faults.ts";
import { Ledger, type Finding, type Sighting } from "./ledger.ts";
import type { Occasion } from "./rule.ts";
import { Standings, type Subject } from "./standings.ts";

export type Refusal = Extract<Verdict, { allow: false }>;

/** Where faults were seen. */
export interface Scene extends Omit<Sighting, "subject"> {
  readonly subject: Subject;
}

export class Judge {
  readonly ledger = new Ledger();
  readonly standings = new Standings();
  readonly #rejected = new Map<RuleCode, number>();
  readonly #config: NamespaceConfig;
  readonly #log: Logger;

  constructor(config: NamespaceConfig, log: Logger) {
    this.#config = config;
    this.#log = log;
  }

  get config(): NamespaceConfig {
    return this.#config;
  }

  /** Packets that were refused since the start, by the first rule that refused them. */
  get rejected(): ReadonlyMap<RuleCode, number> {
    return this.#rejected;
  }

  /** Counts what was found. Answers the refusal when a level is `reject`. */
  sentence(faults: Faults, scene: Scene): Refusal | undefined {
    let refusal: Refusal | undefined;
    for (const fault of faults.all) {
      const level = levelOf(this.#config, fault);
      if (level === "off") continue;
      const { finding, isFirst } = this.ledger.note(fault, level, {
        ...scene,
        subject: `${scene.subject.kind} ${scene.subject.name}`,
      });
      this.standings.broke(scene.subject, { ...breakOf(fault, scene.occasion), at: scene.at });
      if (isFirst) this.#tell(finding);
      if (level === "reject") refusal ??= this.#reject(fault);
    }
    return refusal;
  }

  #reject(fault: Fault): Refusal {
    this.#rejected.set(fault.code, (this.#rejected.get(fault.code) ?? 0) + 1);
    return refusalOf(fault);
  }

  #tell(finding: Finding): void {
    const { code, clientId, address, topic, because, level } = finding;
    const fields = { code, client: clientId, address, topic, because };
    this.#log[level === "observe" ? "info" : "warn"](fields, "namespace rule broken");
  }
}

function breakOf(fault: Fault, occasion: Occasion): Omit<Parameters<Standings["broke"]>[1], "at"> {
  return { code: fault.code, occasion: fault.occasion ?? occasion, because: fault.because };
}

function refusalOf(fault: Fault): Refusal {
  const { reasonCode } = CATALOGUE[fault.code];
  return { allow: false, reasonCode, because: `${fault.code}: ${sentenceOf(fault)}` };
}
