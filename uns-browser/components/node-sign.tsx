import { formatCount } from "../lib/format.ts";
import type { Node } from "../lib/nodes.ts";
import { texts } from "../lib/texts.ts";
import { Icon, type IconName } from "./icons.tsx";

type State = NonNullable<Node["state"]>;

const SIGNS: Readonly<Record<State, readonly [icon: IconName, colour: string]>> = {
  online: ["disc", "text-mute"],
  offline: ["power", "text-off"],
  "last-known": ["unlink", "text-stale"],
  unborn: ["cross", "text-bad"],
};

/** How an edge node or device is, in a word with a shape; with how many of them. */
export function NodeSign({ state, count }: { readonly state: State; readonly count?: number }) {
  const [icon, colour] = SIGNS[state];
  return (
    <span className={`flex items-center gap-1.5 whitespace-nowrap ${colour}`}>
      <Icon name={icon} className="size-3.5" />
      {count === undefined ? null : formatCount(count)} {texts.nodes.states[state]}
    </span>
  );
}
