/** Pins that the hub keeps for everybody who may read them: asked for now and then, changed by who may. */
import { askHub, isRecord, sentenceOf } from "./hub-request.ts";
import type { Pins } from "./pins.ts";
import { asking, createPoll, type PollWorld } from "./poll.ts";
import { createSignal, type Signal } from "./signal.ts";

const PINS_URL = "/api/v1/pins";
const AGAIN_MS = 20_000;

export interface PinChange {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
}

export interface SharedPins {
  /** Paths, in the order in which they were shared. */
  readonly paths: Signal<readonly string[]>;
  /** @returns why it was not done; `null`: it was. */
  change(change: PinChange): Promise<string | null>;
  stop(): void;
}

export function followSharedPins(world: PollWorld): SharedPins {
  const paths = createSignal<readonly string[]>([]);
  const poll = createPoll(world, { everyMs: AGAIN_MS, ask: asking(PINS_URL, parsePaths) });
  const end = poll.state.subscribe(() => {
    const state = poll.state.get();
    const next = state.kind === "ready" ? state.value : [];
    if (next.join("\n") !== paths.get().join("\n")) paths.set(next);
  });
  return {
    paths,
    change: async (change) => {
      const answer = await askHub(world.send, "POST", PINS_URL, change);
      await poll.refresh();
      return answer.kind === "done" ? null : sentenceOf(answer);
    },
    stop: () => {
      end();
      poll.stop();
    },
  };
}

export interface PinsInView extends Pick<Pins, "paths"> {
  stop(): void;
}

/** What is shared, and then what somebody pinned for himself, each once. */
export function pinsInView(
  shared: Pick<SharedPins, "paths">,
  own: Pick<Pins, "paths">,
): PinsInView {
  const all = (): readonly string[] => [...new Set([...shared.paths.get(), ...own.paths.get()])];
  const paths = createSignal(all());
  const ends = [shared, own].map((one) => one.paths.subscribe(() => paths.set(all())));
  return {
    paths,
    stop: () => {
      for (const end of ends) end();
    },
  };
}

function parsePaths(value: unknown): readonly string[] | null {
  if (!isRecord(value) || !Array.isArray(value["paths"])) return null;
  return value["paths"].filter((path) => typeof path === "string");
}
