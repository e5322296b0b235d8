/** Warnings that no entry alone can know: several entries that ask the same device, or connect to the same address. */
import type { ConfigPlace, ConfigProblem, PlannedPeer } from "@unshub/adapter";
import { checkAdapterConfig } from "./load.ts";

/** What several entries ask. */
interface SharedPeer {
  readonly name: string;
  readonly because: string;
  /** Which entries, by their index in the file, and where they name it. */
  readonly at: readonly { readonly entry: number; readonly path: ConfigProblem["path"] }[];
}

/** Checks entries one after the other, as they stand in the file, and remembers whom they ask. */
export class PeerBook {
  readonly #entries: (readonly PlannedPeer[])[] = [];

  /** As `checkAdapterConfig`. @throws {ConfigError} with every problem. */
  readonly check = async (protocol: string, input: unknown, place: ConfigPlace): Promise<void> => {
    this.#entries.push(await checkAdapterConfig(protocol, input, place));
  };

  /** What is asked twice; meaningful when every entry was good. */
  get shared(): readonly SharedPeer[] {
    const peers = new Map<string, SharedPeer>();
    for (const [entry, list] of this.#entries.entries()) {
      for (const { name, because, path } of list) {
        const known = peers.get(name);
        if (known?.at.some((each) => each.entry === entry) === true) continue;
        peers.set(name, { name, because, at: [...(known?.at ?? []), { entry, path }] });
      }
    }
    return [...peers.values()].filter(({ at }) => at.length > 1);
  }
}

/** One problem at each place. */
export function sharingProblems(shared: readonly SharedPeer[]): readonly ConfigProblem[] {
  return shared.flatMap(({ name, because, at }) =>
    at.map(({ entry, path }) => ({
      path: ["adapters", entry, ...path],
      message: `several entries have ${name}: ${because}`,
    })),
  );
}
