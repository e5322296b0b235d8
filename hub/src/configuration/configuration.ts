/**
 * The configuration of a running hub, changed as a whole: a new text is checked, planned, kept as a generation, written in the
 * place of the file and given to the adapters. When one of them refuses it, everything goes back to the text before.
 */
import { createHash } from "node:crypto";
import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Logger } from "@unshub/adapter";
import {
  EditFault,
  withValue,
  type AdapterEntry,
  type ConfigFileError,
  type HubConfig,
  type RuleCode,
  type RuleLevel,
} from "../config/index.ts";
import type { Supervisor } from "../supervisor/index.ts";
import { ConfigurationError, type TagFault } from "./configuration-error.ts";
import { Generations, type Generation } from "./generations.ts";
import { planOf, type ConfigurationPlan, type RunningView } from "./plan.ts";
import { sectionsWrittenOtherwise } from "./rewritten.ts";
import { SecretPrints } from "./secrets.ts";
import { tagFaults } from "./tag-faults.ts";
import { draftTags, type TagChange, type TagDraft, type TagRenames } from "./tag-draft.ts";

const NO_FILE = "this hub runs the demo: copy its configuration, and start with -c FILE";

export interface ConfigurationOptions {
  /** `undefined`: the hub runs with one that is not its own, as the demo does. */
  readonly file: string | undefined;
  /** Where the generations are kept. */
  readonly folder: string;
  /** As the hub was started. */
  readonly started: HubConfig;
  readonly supervisor: Pick<Supervisor, "reload">;
  readonly view: RunningView;
  readonly log: Logger;
  readonly now: () => number;
  /** @throws {ConfigFileError} with every problem. */
  readonly parse: (text: string, file: string) => Promise<HubConfig>;
}

export interface Applied {
  readonly generation: Generation;
  readonly plan: ConfigurationPlan;
}

/** What somebody wants to apply, looked at before it is done. */
export interface Proposal {
  readonly text: string;
  readonly config: HubConfig;
  readonly plan: ConfigurationPlan;
  /** The word for the file that this was made from: nothing is applied when it is another by then. */
  readonly basis: string;
  /** Sections that are written otherwise than in that file. */
  readonly rewritten: readonly string[];
}

export class Configuration {
  readonly #options: ConfigurationOptions;
  readonly #generations: Generations;
  readonly #secrets: SecretPrints;
  #running: readonly AdapterEntry[];
  #isApplying = false;

  constructor(options: ConfigurationOptions) {
    this.#options = options;
    this.#generations = new Generations(options.folder);
    this.#secrets = new SecretPrints(options.started);
    this.#running = options.started.adapters;
  }

  get generations(): readonly Generation[] {
    return this.#generations.all;
  }

  /** The number of the generation that runs; `undefined`: none was applied yet. */
  get running(): number | undefined {
    return this.#generations.running?.number;
  }

  /** The entries of the adapters that run. */
  get adapters(): readonly AdapterEntry[] {
    return this.#running;
  }

  /** The file as it stands, or a generation that is kept; `undefined`: that one is not. @throws {ConfigurationError} */
  text(generation?: number): string | undefined {
    if (generation !== undefined) return this.#generations.text(generation);
    const file = this.#file();
    try {
      return readFileSync(file, "utf8");
    } catch (cause) {
      const because = cause instanceof Error ? cause.message : String(cause);
      throw new ConfigurationError(`${file} cannot be read: ${because}`, { cause });
    }
  }

  /** Why nothing can be changed; `undefined`: it can. */
  get fixed(): string | undefined {
    return this.#options.file === undefined ? NO_FILE : undefined;
  }

  /** A word for the file as it stands: another one, and somebody has changed it meanwhile. @throws {ConfigurationError} */
  get basis(): string {
    return wordFor(this.text() ?? "");
  }

  /** Problems of a text as those of the tags in it. */
  async tagFaults(text: string, { problems }: ConfigFileError): Promise<readonly TagFault[]> {
    return await tagFaults(text, this.#file(), problems);
  }

  /** Whether there is a file that changes can be written to. */
  get hasFile(): boolean {
    return this.#options.file !== undefined;
  }

  /** The file with another level of a rule; `undefined`: that of the profile. @throws {ConfigurationError} */
  withRuleLevel(code: RuleCode, level: RuleLevel | undefined): string {
    try {
      return withValue(this.text() ?? "", ["namespace", "sparkplug", "rules", code], level);
    } catch (cause) {
      if (!(cause instanceof EditFault)) throw cause;
      throw new ConfigurationError(
        `nothing was changed, the file of the configuration cannot be edited here: ${cause.message}`,
        { cause },
      );
    }
  }

  /** The file with other tags of an adapter; changes nothing yet. @throws {ConfigurationError} */
  async draftTags(
    adapter: string,
    wanted: { readonly renames: TagRenames; readonly changes: readonly TagChange[] },
  ): Promise<TagDraft> {
    const folder = dirname(resolve(this.#file()));
    return await draftTags(this.text() ?? "", { adapter, folder }, wanted);
  }

  /** Gives the adapters their entries and remembers them; for whoever reads the file again, too. */
  async reload(entries: readonly AdapterEntry[]): ReturnType<Supervisor["reload"]> {
    const failures = await this.#options.supervisor.reload(entries);
    if (failures.length === 0) this.#running = entries;
    return failures;
  }

  /**
   * `basis`: as it was before the text was made from the file; left out: now.
   * @throws {ConfigFileError} with every problem. {ConfigurationError}
   */
  async propose(text: string, basis?: string): Promise<Proposal> {
    const { started, view, parse } = this.#options;
    const before = this.text() ?? "";
    const config = await parse(text, this.#file());
    const now = { started, secrets: this.#secrets, running: this.#running };
    const plan = await planOf(now, config, view);
    const rewritten = sectionsWrittenOtherwise(before, text) ?? plan.sections;
    return { text, config, plan, rewritten, basis: basis ?? wordFor(before) };
  }

  /** The one before the one that runs. @throws {ConfigurationError} when there is none. */
  async proposeBefore(): Promise<Proposal & { readonly generation: Generation }> {
    const { before } = this.#generations;
    if (before === undefined)
      throw new ConfigurationError("there is no configuration before the one that runs");
    const { text, ...generation } = before;
    return { ...(await this.propose(text)), generation };
  }

  /** All of it, or nothing. `generation`: one that is kept already. @throws {ConfigurationError} */
  async apply(
    proposal: Proposal & { readonly generation?: Generation },
    by: string,
  ): Promise<Applied> {
    if (this.#isApplying) throw new ConfigurationError("another configuration is being applied");
    this.#isApplying = true;
    try {
      return await this.#apply(proposal, by);
    } finally {
      this.#isApplying = false;
    }
  }

  async #apply(
    { text, config, plan, basis, ...known }: Proposal & { readonly generation?: Generation },
    by: string,
  ): Promise<Applied> {
    const { log, now } = this.#options;
    const file = this.#file();
    const before = { text: this.text() ?? "", adapters: this.#running };
    if (wordFor(before.text) !== basis)
      throw new ConfigurationError("somebody has changed the configuration: plan it again");
    if (known.generation === undefined)
      this.#generations.keep(before.text, { at: now(), by: "the file" });
    replace(file, text);
    const failures = await this.reload(config.adapters);
    if (failures.length > 0) {
      replace(file, before.text);
      await this.#options.supervisor.reload(before.adapters);
      const because = failures.map((each) => `${each.adapter}: ${each.because}`).join("; ");
      log.error({ because }, "configuration not applied; the one before runs again");
      throw new ConfigurationError(`not applied, the configuration before runs again: ${because}`);
    }
    const generation = known.generation ?? this.#generations.keep(text, { at: now(), by });
    this.#generations.runs(generation);
    log.info({ generation: generation.number, by }, "configuration applied");
    return { generation, plan };
  }

  #file(): string {
    const { file } = this.#options;
    if (file !== undefined) return file;
    throw new ConfigurationError(NO_FILE);
  }
}

function wordFor(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** As a whole, with the rights that it had. @throws {ConfigurationError} when the disk or its rights refuse. */
function replace(file: string, text: string): void {
  try {
    writeFileSync(`${file}.new`, text, { mode: statSync(file).mode & 0o777, flush: true });
    renameSync(`${file}.new`, file);
  } catch (cause) {
    const because = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigurationError(`${file} cannot be written: ${because}`, { cause });
  }
}
