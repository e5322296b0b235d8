"use client";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import type { AdaptersAddress } from "../lib/adapters-address.ts";
import { formatCount } from "../lib/format.ts";
import { createSignal, type Signal } from "../lib/signal.ts";
import type { TagWindow, TagWindowState } from "../lib/tag-window.ts";
import { TroubleFilter } from "./list-filter.tsx";
import type { Open } from "./tags-over.tsx";
import type { GoTo } from "./use-adapters-address.ts";
import { useSignal } from "./use-signal.ts";

interface TagToolsProps {
  readonly address: AdaptersAddress;
  readonly go: GoTo;
  /** Why nothing can be changed. */
  readonly fixed: string | null;
  readonly window: TagWindow | null;
  readonly csvUrl: string;
  readonly onOpen: (open: Open) => void;
}

/** What stands over the table of tags: what is looked for, and what can be done with all of them. */
export function TagTools(props: TagToolsProps) {
  const { address, go, fixed, window, csvUrl, onOpen } = props;
  const { tags } = words;
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <TroubleFilter
          label={tags.filter}
          trouble={tags.notGood}
          text={address.filter}
          onlyTrouble={address.onlyTrouble}
          go={go}
        />
        <TagCount window={window} />
        <TagButtons isFixed={fixed !== null} {...{ csvUrl, onOpen }} />
      </div>
      {fixed === null ? null : <p className="text-mute">{fixed}</p>}
    </>
  );
}

function TagButtons({
  isFixed,
  csvUrl,
  onOpen,
}: Pick<TagToolsProps, "csvUrl" | "onOpen"> & { readonly isFixed: boolean }) {
  const { tags } = words;
  return (
    <span className="ml-auto flex flex-wrap gap-2">
      {isFixed ? null : (
        <>
          <button
            type="button"
            className="push-button"
            onClick={() => onOpen({ kind: "tag", key: null, tag: null, isRaw: false })}
          >
            {tags.add}
          </button>
          <button type="button" className="push-button" onClick={() => onOpen({ kind: "csv" })}>
            {tags.csvIn}
          </button>
        </>
      )}
      <a className="push-button" href={csvUrl} download>
        {tags.csvOut}
      </a>
      {isFixed ? null : (
        <>
          <button type="button" className="push-button" onClick={() => onOpen({ kind: "file" })}>
            {words.file.show}
          </button>
          <button
            type="button"
            className="push-button"
            onClick={() => onOpen({ kind: "rollBack" })}
          >
            {tags.rollBack}
          </button>
        </>
      )}
    </span>
  );
}

const ASKING: Signal<TagWindowState> = createSignal<TagWindowState>({ kind: "asking" });

function TagCount({ window }: { readonly window: TagWindow | null }) {
  const state = useSignal<TagWindowState>(window?.state ?? ASKING);
  return (
    <output className="text-mute">
      {state.kind === "ready" ? words.tags.count(formatCount(state.total)) : null}
    </output>
  );
}
