import { createSignal, type Signal } from "../lib/signal.ts";

const SHOW_MS = 2000;

const text = createSignal<string | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;

export const toastText: Pick<Signal<string | null>, "get" | "subscribe"> = text;

/** Says the result for a moment, where no button and no dialog is there to show it. */
export function say(sentence: string, showMs = SHOW_MS): void {
  clearTimeout(timer);
  text.set(sentence);
  timer = setTimeout(() => text.set(null), showMs);
}
