import type { TreeRow } from "@unshub/hub/feed";
import { formatCount } from "../lib/format.ts";
import { readablePath } from "../lib/path.ts";
import { texts } from "../lib/texts.ts";
import { Fact, Facts } from "./facts.tsx";
import { Icon, type IconName } from "./icons.tsx";

const STATE_ICONS = {
  online: "disc",
  offline: "power",
  "last-known": "unlink",
} as const satisfies Record<NonNullable<TreeRow["state"]>, IconName>;

/** A group, edge node, device or folder: its state and what is below it. */
export function BranchDetails({ row, path }: { readonly row: TreeRow; readonly path: string }) {
  const { details } = texts;
  const { counts, state } = row;
  return (
    <>
      <div className="px-4 pt-2 pb-4">
        {state === undefined ? null : (
          <p
            className={`flex items-center gap-2 text-base font-medium ${state === "offline" ? "text-off" : ""}`}
          >
            <Icon
              name={STATE_ICONS[state]}
              className={`size-4 ${state === "online" ? "text-good" : ""}`}
            />
            {texts.states[state]}
          </p>
        )}
      </div>
      {counts === undefined ? null : (
        <Facts title={details.below}>
          <Fact name={details.metrics} value={formatCount(counts.metrics)} />
          <Fact name={details.bad} value={formatCount(counts.bad)} />
          <Fact name={details.stale} value={formatCount(counts.stale)} />
          <Fact name={details.silentBelow} value={formatCount(counts.silent ?? 0)} />
        </Facts>
      )}
      <Facts title={details.addresses}>
        <Fact name={details.path} value={readablePath(path)} copy={path} />
      </Facts>
    </>
  );
}
