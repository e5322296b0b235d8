/**
 * The configuration of a running hub, changed as a whole: a new text is checked, planned, kept as a generation, written in the
 * place of the file and given to the adapters. When one of them refuses it, everything goes back to the text before.
 */
import { createHash, createHmac, randomBytes } from "node:crypto";
import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Logger } from "@unshub/adapter";
import { messageOf } from "../caught.ts";
import {
  EditFault,
  withChangedEntry,
  marksIn,
  withEntry,
  withoutEntry,
  withoutSecrets,
  withSecretsOf,
  withValue,
  writtenEntry,
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

const NO_SECRET =
  "${kept} stands for the secret that the file has in this place; it has none there, or this entry may be another one that was given this name: write it";
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
  /** Of the texts of generations, by number. */
  readonly #words = new Map<number, string>();
  #running: readonly AdapterEntry[];
  #isApplying = false;

  constructor(options: ConfigurationOptions) {
    this.#options = options;
    this.#generations = new Generations(options.folder);
    this.#secrets = new SecretPrints(options.started);
    this.#running = options.started.adapters;
  }

  get generations(): readonly Generation[] {
    return this.#generations.all.map((generation) => this.#shown(generation));
  }

  /** With a word for its text in which no secret can be guessed. */
  #shown(generation: Generation): Generation {
    const { number } = generation;
    const sha256 = this.#words.get(number) ?? wordFor(this.#generations.text(number) ?? "");
    this.#words.set(number, sha256);
    return { ...generation, sha256 };
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
      const because = messageOf(cause);
      throw new ConfigurationError(`${file} cannot be read: ${because}`, { cause });
    }
  }

  /** As `text`, for people: secrets that stand in it are not told. @throws {ConfigurationError} */
  shownText(generation?: number): string | undefined {
    const text = this.text(generation);
    return text === undefined ? undefined : withoutSecrets(text);
  }

  /** From which files that it names are seen. */
  get folder(): string {
    return dirname(resolve(this.#options.file ?? "."));
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
    return this.#edited((text) =>
      withValue(text, ["namespace", "sparkplug", "rules", code], level),
    );
  }

  /** The file with another word about topics that are not Sparkplug's. @throws {ConfigurationError} */
  withOtherTopics(said: HubConfig["namespace"]["otherTopics"]): string {
    return this.#edited((text) => withValue(text, ["namespace", "otherTopics"], said));
  }

  /** The file with another adapter, and its place among them. @throws {ConfigurationError} */
  withAdapter(entry: Readonly<Record<string, unknown>>): ReturnType<typeof withEntry> {
    return this.#edited((text) => withEntry(text, entry));
  }

  /** An entry as it stands in the file. @throws {ConfigurationError} when there is none. */
  writtenAdapter(name: string): Readonly<Record<string, unknown>> {
    const entry = writtenEntry(this.text() ?? "", name);
    if (entry !== undefined) return entry;
    throw new ConfigurationError(`the file of the configuration has no adapter "${name}"`);
  }

  /** The file with another entry in the place of an adapter, and that place. @throws {ConfigurationError} */
  withChangedAdapter(
    name: string,
    entry: Readonly<Record<string, unknown>>,
  ): ReturnType<typeof withChangedEntry> {
    return this.#edited((text) => withChangedEntry(text, name, entry));
  }

  /**
   * An entry with the secrets that are only marked in it, as the file has them in the entry of that adapter; a mark for which
   * there is none stays. @throws {ConfigurationError}
   */
  withKnownSecrets(
    name: string,
    entry: Readonly<Record<string, unknown>>,
  ): Readonly<Record<string, unknown>> {
    const { text } = this.withChangedAdapter(name, entry);
    return writtenEntry(withSecretsOf(text, this.text() ?? ""), name) ?? entry;
  }

  /** The file without an adapter. @throws {ConfigurationError} */
  withoutAdapter(name: string): string {
    return this.#edited((text) => withoutEntry(text, name));
  }

  #edited<Edited>(edit: (text: string) => Edited): Edited {
    try {
      return edit(this.text() ?? "");
    } catch (cause) {
      return refuseEdit(cause);
    }
  }

  /** The file with other tags of an adapter; changes nothing yet. @throws {ConfigurationError} */
  async draftTags(
    adapter: string,
    wanted: { readonly renames: TagRenames; readonly changes: readonly TagChange[] },
  ): Promise<TagDraft> {
    const folder = dirname(resolve(this.#file()));
    try {
      return await draftTags(this.text() ?? "", { adapter, folder }, wanted);
    } catch (cause) {
      return refuseEdit(cause);
    }
  }

  /** Gives the adapters their entries and remembers them; for whoever reads the file again, too. */
  async reload(entries: readonly AdapterEntry[]): ReturnType<Supervisor["reload"]> {
    const failures = await this.#options.supervisor.reload(entries);
    if (failures.length === 0) this.#running = entries;
    return failures;
  }

  /**
   * Secrets that are only marked in the text are those of the file.
   * `basis`: as it was before the text was made from the file; left out: now.
   * @throws {ConfigFileError} with every problem. {ConfigurationError}
   */
  async propose(shown: string, basis?: string): Promise<Proposal> {
    const { started, view, parse } = this.#options;
    const before = this.text() ?? "";
    const text = withSecretsOf(shown, before);
    const [lost] = marksIn(text);
    if (lost !== undefined) throw new ConfigurationError(`${lost}: ${NO_SECRET}`);
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
    if (wordFor(before.text) !== basis && sha256Of(before.text) !== basis)
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
    return { generation: this.#shown(generation), plan };
  }

  #file(): string {
    const { file } = this.#options;
    if (file !== undefined) return file;
    throw new ConfigurationError(NO_FILE);
  }
}

/** @throws {ConfigurationError} when it cannot be edited; anything else as it is. */
function refuseEdit(cause: unknown): never {
  if (!(cause instanceof EditFault)) throw cause;
  throw new ConfigurationError(
    `nothing was changed, the file of the configuration cannot be edited here: ${cause.message}`,
    { cause },
  );
}

/** As `sha256sum` says it of a file. */
function sha256Of(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

const KEY = randomBytes(32);

/** Of a text with secrets in it, a word that nobody can try guesses with. */
function wordFor(text: string): string {
  const shown = withoutSecrets(text);
  const word = sha256Of(shown);
  if (shown === text) return word;
  return `${word}-${createHmac("sha256", KEY).update(text).digest("hex").slice(0, 32)}`;
}

/** As a whole, with the rights that it had. @throws {ConfigurationError} when the disk or its rights refuse. */
function replace(file: string, text: string): void {
  try {
    writeFileSync(`${file}.new`, text, { mode: statSync(file).mode & 0o777, flush: true });
    renameSync(`${file}.new`, file);
  } catch (cause) {
    const because = messageOf(cause);
    throw new ConfigurationError(`${file} cannot be written: ${because}`, { cause });
  }
}
