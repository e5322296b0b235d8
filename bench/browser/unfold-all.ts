/** Unfolds the whole plant of this bench by keys, as a person does, in whatever browser. */
import { setTimeout as sleep } from "node:timers/promises";
import { GROUP, nodeName } from "./plant.ts";

/** What is needed of a browser. */
export interface Hands {
  readonly press: (key: string) => Promise<void>;
  /** Waits until something is there. */
  readonly find: (selector: string) => Promise<void>;
  /** Rows of the tree, with its head. */
  readonly rowCount: () => Promise<number>;
}

/** For a million rows in pieces of 500, asked of a hub that is busy with other things, too. */
const UNFOLDED_WITHIN_MS = 300_000;

/** The edge nodes from the last to the first, and all devices of each. The focus is in the tree. */
export async function unfoldAll(
  { press, find, rowCount }: Hands,
  nodes: number,
  metrics: number,
): Promise<void> {
  for (const key of ["Home", "Shift+ArrowLeft", "ArrowRight"]) await press(key);
  for (let node = nodes - 1; node >= 0; node -= 1) {
    const path = `${GROUP}/${nodeName(node)}`;
    await press("Home");
    for (let down = 0; down <= node; down += 1) await press("ArrowDown");
    await find(`[data-path="${path}"][aria-selected="true"]`);
    await press("ArrowRight");
    await find(`[data-path="${path}/bdSeq"]`); // beside its devices, and before them
    await press("ArrowRight");
    await find(`[data-path="${path}/bdSeq"][aria-selected="true"]`);
    await press("*");
  }
  const giveUpAt = performance.now() + UNFOLDED_WITHIN_MS;
  for (;;) {
    const count = await rowCount();
    if (count >= metrics) return;
    if (performance.now() > giveUpAt) throw new Error(`only ${count} rows were unfolded`);
    await sleep(200);
  }
}
