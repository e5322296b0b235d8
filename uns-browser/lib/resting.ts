/** A signal that is read at leisure: what passes quickly is left out, as rows do while an arrow key is held. */
import { createSignal, type Signal } from "./signal.ts";
import { nothingToStop, type StartTimer } from "./timer.ts";

/** More than from one repetition of a held key to the next, less than anybody notices. */
const REST_MS = 100;

/** What `source` is, at once when it stood still before, else once it does; `null` at once. */
export function createResting<T>(
  source: Signal<T | null>,
  timer: StartTimer,
): Pick<Signal<T | null>, "get" | "subscribe"> {
  const resting = createSignal(source.get());
  let isMoving = false;
  let cancel = nothingToStop;
  const rest = (): void => {
    isMoving = false;
    resting.set(source.get());
  };
  source.subscribe(() => {
    cancel();
    if (!isMoving || source.get() === null) resting.set(source.get());
    isMoving = true;
    cancel = timer(REST_MS, rest);
  });
  return { get: resting.get, subscribe: resting.subscribe };
}
