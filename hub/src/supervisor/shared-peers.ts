/** Warnings that no entry alone can know: several entries that ask the same device, or connect to the same address. */
import type { ConfigPlace, ConfigProblem, PlannedPeer } from "@unshub/adapter";
import { checkAdapterConfig } from "./load.ts";

/** What several entries ask. */
interface SharedPeer {
  readonly name: string;
  readonly because: string;
  /** How often it is named, and how often it may be. */
  readonly count: number;
  readonly most: number;
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
      for (const peer of list) peers.set(peer.name, withPeer(peers.get(peer.name), peer, entry));
    }
    return [...peers.values()].filter(
      ({ at, count, most }) => at.length > 1 && count > Math.max(1, most),
    );
  }
}

/** `most` is the least that anybody says; 0: nobody does. */
function withPeer(
  known: SharedPeer | undefined,
  { name, because, path, most = 0 }: PlannedPeer,
  entry: number,
): SharedPeer {
  const { at, count, most: before } = known ?? { at: [], count: 0, most: 0 };
  const isNamed = at.some((each) => each.entry === entry);
  const isStricter = most > 0 && (before === 0 || most < before);
  return {
    name,
    because: known === undefined || isStricter ? because : known.because,
    count: count + 1,
    most: isStricter ? most : before,
    at: isNamed ? at : [...at, { entry, path }],
  };
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
