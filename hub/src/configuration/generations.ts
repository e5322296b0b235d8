/** The configurations that were applied, each as a file of its own, and which of them runs. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const MOST_KEPT = 20;

const generation = z.object({
  number: z.int().min(1),
  /** Milliseconds since 1970 UTC. */
  at: z.number(),
  /** Who applied it. */
  by: z.string(),
  sha256: z.string(),
});
const listSchema = z.object({ running: z.int(), generations: z.array(generation) });

export type Generation = Readonly<z.output<typeof generation>>;
type List = z.output<typeof listSchema>;

export class Generations {
  readonly #folder: string;
  #list: List;

  constructor(folder: string) {
    this.#folder = folder;
    this.#list = listIn(join(folder, "list.json"));
  }

  /** The newest last. */
  get all(): readonly Generation[] {
    return this.#list.generations;
  }

  /** `undefined`: nothing was applied yet. */
  get running(): Generation | undefined {
    return this.all.find(({ number }) => number === this.#list.running);
  }

  /** As it was applied; `undefined`: there is no such one, or it is no longer kept. */
  text(number: number): string | undefined {
    const found = this.all.find((each) => each.number === number);
    return found && readFileSync(this.#fileOf(number), "utf8");
  }

  /** The one before the one that runs, as it can be applied again. */
  get before(): (Generation & { readonly text: string }) | undefined {
    const found = this.all.findLast(({ number }) => number < this.#list.running);
    return found && { ...found, text: readFileSync(this.#fileOf(found.number), "utf8") };
  }

  /** Keeps a text as one that runs; the same text as now stays the same generation. */
  keep(text: string, { at, by }: Pick<Generation, "at" | "by">): Generation {
    const sha256 = createHash("sha256").update(text).digest("hex");
    if (this.running?.sha256 === sha256) return this.running;
    const number = (this.all.at(-1)?.number ?? 0) + 1;
    const made = { number, at, by, sha256 };
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    put(this.#fileOf(number), text);
    const generations = [...this.all, made];
    const gone = generations.splice(0, Math.max(0, generations.length - MOST_KEPT));
    this.#save({ running: number, generations });
    for (const old of gone) rmSync(this.#fileOf(old.number), { force: true });
    return made;
  }

  /** An older one runs again. */
  runs({ number }: Generation): void {
    this.#save({ ...this.#list, running: number });
  }

  #save(list: List): void {
    put(join(this.#folder, "list.json"), `${JSON.stringify(list, undefined, 2)}\n`);
    this.#list = list;
  }

  #fileOf(number: number): string {
    return join(this.#folder, `${String(number).padStart(6, "0")}.yaml`);
  }
}

/** Replaces a file as a whole; for its owner only. */
function put(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
}

function listIn(file: string): List {
  if (!existsSync(file)) return { running: 0, generations: [] };
  return listSchema.parse(JSON.parse(readFileSync(file, "utf8")));
}
