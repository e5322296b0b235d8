import type { ReactNode } from "react";
import type { Weight } from "../lib/adapters.ts";
import { Icon, type IconName } from "./icons.tsx";

/** Ordinary is not coloured; each colour has a shape beside it. */
const SIGNS: Readonly<Record<Weight, readonly [icon: IconName, sign: string, word: string]>> = {
  good: ["disc", "text-mute", ""],
  busy: ["clock", "text-mute", ""],
  stale: ["clock", "text-stale", "text-stale"],
  bad: ["cross", "text-bad", "text-bad"],
  off: ["power", "text-off", "text-off"],
};

/** How something stands, as a shape and a word. */
export function StateWord({
  weight,
  children,
}: {
  readonly weight: Weight;
  readonly children: ReactNode;
}) {
  const [icon, sign, word] = SIGNS[weight];
  return (
    <span className={`inline-flex items-center gap-1.5 ${word}`} data-weight={weight}>
      <Icon name={icon} className={`size-3.5 shrink-0 ${sign}`} />
      <span>{children}</span>
    </span>
  );
}
