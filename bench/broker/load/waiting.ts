/** Waits for messages to arrive, and notices when none do any more. */
import { setTimeout as sleep } from "node:timers/promises";

const LOOK_EVERY_MS = 20;
/** Nothing new for so long: nothing will come. */
const GIVE_UP_AFTER_MS = 5000;

/** Resolves when `isDone`, or when `count` has not changed for a while: then with `false`. */
export async function settled(count: () => number, isDone: () => boolean): Promise<boolean> {
  let last = count();
  let since = performance.now();
  while (!isDone()) {
    await sleep(LOOK_EVERY_MS);
    const now = count();
    if (now !== last) {
      last = now;
      since = performance.now();
    }
    if (performance.now() - since > GIVE_UP_AFTER_MS) return false;
  }
  return true;
}

/** Waits `seconds`. @throws when `count` stands still for a while. */
export async function running(seconds: number, count: () => number): Promise<void> {
  const end = performance.now() + seconds * 1000;
  const isOver = (): boolean => performance.now() >= end;
  if (!(await settled(count, isOver))) {
    throw new Error(`nothing moves any more after ${count()} messages`);
  }
}
