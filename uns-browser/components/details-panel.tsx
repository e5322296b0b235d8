"use client";
import type { TreeRow } from "@unshub/hub/feed";
import dynamic from "next/dynamic";
import type { Account } from "../lib/account.ts";
import { decodePath, readablePath } from "../lib/path.ts";
import type { Namespace } from "../lib/namespace.ts";
import { withoutNow } from "../lib/past.ts";
import { texts } from "../lib/texts.ts";
import { BranchDetails } from "./branch-details.tsx";
import { Icon } from "./icons.tsx";
import { loaded } from "./loaded.tsx";
import { MetricDetails } from "./metric-details.tsx";
import { ShownName } from "./shown-name.tsx";
import { useRowVersion, useSignal } from "./use-signal.ts";

/** Loaded when the first edge node or device is looked at. */
const BranchWays = dynamic(
  () => loaded(() => import("./branch-ways.tsx").then((file) => file.BranchWays)),
  { ssr: false },
);

/** Loaded when the first topic is looked at. */
const TopicDetails = dynamic(
  () => loaded(() => import("./topic-details.tsx").then((file) => file.TopicDetails)),
  { ssr: false },
);

interface DetailsPanelProps {
  readonly page: Namespace;
  readonly account: Account | null;
  readonly onClose: () => void;
}

/** Everything about the selected row. */
export function DetailsPanel({ page, account, onClose }: DetailsPanelProps) {
  const selection = useSignal(page.looked);
  return (
    <aside
      aria-label={texts.details.label}
      className="details flex min-h-0 flex-col border-l border-line bg-panel"
    >
      {selection === null ? (
        <NothingSelected page={page} />
      ) : (
        <SelectedRow key={selection.id} {...{ page, account, onClose }} id={selection.id} />
      )}
    </aside>
  );
}

function NothingSelected({ page }: { readonly page: Namespace }) {
  const { details } = texts;
  const missing = useSignal(page.missingPath);
  const unanswered = useSignal(page.unansweredPath);
  const path = missing ?? unanswered;
  if (path !== null) {
    const isMissing = missing !== null;
    return (
      <div className="p-5" data-details={isMissing ? "missing" : "unanswered"}>
        <p className="font-medium">{isMissing ? details.missing : details.unanswered}</p>
        <p className="figures mt-1 text-xs break-all text-mute">{readablePath(path)}</p>
        <p className="mt-2 text-mute">{isMissing ? details.missingHelp : details.unansweredHelp}</p>
      </div>
    );
  }
  return (
    <div className="grid flex-1 place-content-center gap-1 p-8 text-center text-mute">
      <p>{details.nothing}</p>
      <p className="text-xs">{details.hint}</p>
    </div>
  );
}

function SelectedRow({ page, account, id, onClose }: DetailsPanelProps & { readonly id: number }) {
  const tree = useSignal(page.shown);
  useRowVersion(tree, id);
  const isNow = useSignal(page.past.moments).at === null;
  const row = tree.get(id)?.row;
  if (row === undefined) return <NothingSelected page={page} />;
  return (
    <>
      <PanelHead row={row} onClose={onClose} />
      <div className="min-h-0 flex-1 overflow-y-auto">
        {row.kind === "metric" ? (
          <MetricDetails page={page} account={account} row={row} path={page.pathOf(id)} />
        ) : row.kind !== "topic" ? (
          <>
            <BranchDetails row={isNow ? row : withoutNow(row)} path={page.pathOf(id)} />
            {isNow && (row.kind === "edgeNode" || row.kind === "device") ? (
              <BranchWays account={account} path={page.pathOf(id)} />
            ) : null}
          </>
        ) : isNow ? (
          <TopicDetails topic={decodePath(page.pathOf(id)).join("/")} {...{ account, row }} />
        ) : (
          <p className="px-4 py-3 text-mute">{texts.past.noMessages}</p>
        )}
      </div>
    </>
  );
}

function PanelHead({ row, onClose }: { readonly row: TreeRow; readonly onClose: () => void }) {
  return (
    <div className="flex items-start gap-2 px-4 pt-3">
      <div className="min-w-0 flex-1">
        <p className="text-xs text-mute">{texts.kinds[row.kind]}</p>
        <h2 className="text-[15px] leading-snug font-semibold wrap-anywhere">
          <ShownName name={row.name} />
        </h2>
      </div>
      <button
        type="button"
        className="icon-button -mr-1"
        aria-label={texts.details.close}
        onClick={onClose}
      >
        <Icon name="cross" />
      </button>
    </div>
  );
}
