"use client";
import dynamic from "next/dynamic";
import { useCallback, useEffect, useMemo, useState } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { formatCount } from "../lib/format.ts";
import { asSentence } from "../lib/hub-request.ts";
import { asking } from "../lib/poll.ts";
import { createSignal, type Signal } from "../lib/signal.ts";
import { bodyOf, changes, NO_DRAFT, type Draft } from "../lib/tag-draft.ts";
import { createTagWindow, type TagWindow, type TagWindowState } from "../lib/tag-window.ts";
import { adapterUrl, parseTagKeys, type Tag, type TagKeys } from "../lib/tags.ts";
import { texts } from "../lib/texts.ts";
import { sendToHub, startTimer } from "./browser-world.ts";
import type { DeviceProps } from "./device-view.tsx";
import { DraftBar } from "./draft-bar.tsx";
import { loaded } from "./loaded.tsx";
import { PolledState } from "./page-shell.tsx";
import { TagGrid } from "./tag-grid.tsx";
import { draftOf, useDraftCheck } from "./use-draft.ts";
import { useNarrow } from "./use-narrow.ts";
import { useOpened } from "./use-opened.ts";
import { pagePoll, usePoll } from "./use-poll.ts";
import { useSignal } from "./use-signal.ts";

/** What stands over the tags. */
type Open =
  | { readonly kind: "tag"; readonly key: string | null; readonly tag: Tag | null }
  | { readonly kind: "csv" | "review" | "rollBack" }
  | null;

// Without `ssr: false` they have no boundary of their own: the whole page would be hidden, and lose the focus, until they are here.
const TagSheet = dynamic(() => loaded(async () => (await import("./tag-sheet.tsx")).TagSheet), {
  ssr: false,
});
const CsvSheet = dynamic(() => loaded(async () => (await import("./csv-sheet.tsx")).CsvSheet), {
  ssr: false,
});
const ReviewSheet = dynamic(
  () => loaded(async () => (await import("./review-sheet.tsx")).ReviewSheet),
  { ssr: false },
);
const RollBackSheet = dynamic(
  () => loaded(async () => (await import("./roll-back-sheet.tsx")).RollBackSheet),
  { ssr: false },
);

/** The tags of a device as they stand, and as somebody wants them. */
export function TagsTab(props: DeviceProps) {
  const { name } = props.adapter;
  const poll = useMemo(() => keysOf(name), [name]);
  const keys = usePoll(poll);
  const refresh = (): void => void poll.running.get()?.refresh();
  if (keys.kind === "ready") return <Tags {...props} keys={keys.value} onApplied={refresh} />;
  return (
    <div className="p-4">
      <PolledState polled={keys} onRetry={refresh} />
    </div>
  );
}

type TagsProps = DeviceProps & { readonly keys: TagKeys; readonly onApplied: () => void };

function Tags({ adapter, device, address, go, isOld, mayEdit, keys, onApplied }: TagsProps) {
  const { name } = adapter;
  const window = useTagWindow(name, device.id);
  const draft = draftOf(name, device.id);
  const wanted = useSignal(draft);
  const [open, setOpen] = useState<Open>(null);
  const [notGood, setNotGood] = useState(false);
  const [text, setText] = useState(address.filter); // the address bar is too slow for who types
  useEffect(() => window?.filter({ text, notGood }), [window, text, notGood]);
  const body = changes(wanted) === 0 ? null : bodyOf(device.id, wanted);
  const check = useDraftCheck(name, mayEdit ? body : null);
  const fixed = useFixed({ keys, isOld, mayEdit });
  const canEdit = fixed === null;
  const applied = (): void => {
    draft.set(NO_DRAFT);
    void window?.refresh();
    onApplied();
  };
  return (
    <div className="grid gap-2 p-3">
      <TagTools
        {...{ text, notGood, fixed, window }}
        onText={(next) => {
          setText(next);
          go({ filter: next }, "replace");
        }}
        onNotGood={setNotGood}
        onOpen={setOpen}
        csvUrl={`${adapterUrl(name)}/tags.csv?device=${encodeURIComponent(device.id)}`}
      />
      <TagGrid
        {...{ window, isOld, check, canEdit }}
        device={device.id}
        draft={wanted}
        isFiltered={text !== "" || notGood}
        onOpen={(key, tag) => setOpen({ kind: "tag", key, tag })}
      />
      {canEdit && body !== null ? (
        <DraftBar draft={draft} check={check} onReview={() => setOpen({ kind: "review" })} />
      ) : null}
      <Over
        {...{ open, draft, body, keys, canEdit }}
        adapter={name}
        device={device.id}
        onApplied={applied}
        onClose={() => setOpen(null)}
      />
    </div>
  );
}

interface OverProps {
  readonly open: Open;
  readonly adapter: string;
  readonly device: string;
  readonly keys: TagKeys;
  readonly draft: Signal<Draft>;
  /** The draft as the hub takes it. */
  readonly body: object | null;
  readonly canEdit: boolean;
  readonly onApplied: () => void;
  readonly onClose: () => void;
}

/** What stands over the tags, if anything does; a review stays when its draft is applied and gone. */
function Over({ open, body, ...rest }: OverProps) {
  const { adapter, device, keys, draft, canEdit, onApplied, onClose } = rest;
  switch (open?.kind) {
    case undefined:
      return null;
    case "tag":
      return (
        <TagSheet
          {...{ adapter, device, keys, draft, canEdit, onClose }}
          tag={open.tag}
          tagKey={open.key}
        />
      );
    case "csv":
      return <CsvSheet {...{ adapter, device, onApplied, onClose }} />;
    case "review":
      return <ReviewSheet {...{ adapter, onApplied, onClose }} body={body ?? {}} />;
    case "rollBack":
      return <RollBackSheet {...{ onApplied, onClose }} />;
  }
}

function keysOf(adapter: string) {
  return pagePoll({
    everyMs: 15_000,
    ask: asking(`${adapterUrl(adapter)}/tag-keys`, parseTagKeys),
  });
}

function useTagWindow(adapter: string, device: string): TagWindow | null {
  return useOpened(
    useCallback(
      () => createTagWindow({ send: sendToHub, timer: startTimer }, { adapter, device }),
      [adapter, device],
    ),
  );
}

/** Why nothing can be changed; `null`: it can. */
function useFixed({
  keys,
  isOld,
  mayEdit,
}: {
  readonly keys: TagKeys;
  readonly isOld: boolean;
  readonly mayEdit: boolean;
}): string | null {
  const isNarrow = useNarrow();
  if (!mayEdit) return words.tags.mayNot;
  if (keys.fixed !== null) return words.tags.fixed(asSentence(keys.fixed));
  if (isNarrow) return words.tags.narrow;
  return isOld ? texts.entry.unreachable : null;
}

interface TagToolsProps {
  readonly text: string;
  readonly notGood: boolean;
  /** Why nothing can be changed. */
  readonly fixed: string | null;
  readonly window: TagWindow | null;
  readonly csvUrl: string;
  readonly onText: (text: string) => void;
  readonly onNotGood: (notGood: boolean) => void;
  readonly onOpen: (open: Open) => void;
}

function TagTools(props: TagToolsProps) {
  const { text, notGood, fixed, window, csvUrl, onText, onNotGood, onOpen } = props;
  const { tags } = words;
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <input
          type="search"
          className="text-field w-64 py-[4px]!"
          aria-label={tags.filter}
          placeholder={tags.filter}
          value={text}
          onChange={({ target }) => onText(target.value)}
        />
        <div className="button-row">
          <button type="button" aria-pressed={notGood} onClick={() => onNotGood(!notGood)}>
            {tags.notGood}
          </button>
        </div>
        <TagCount window={window} />
        <span className="ml-auto flex flex-wrap gap-2">
          {fixed === null ? (
            <>
              <button
                type="button"
                className="push-button"
                onClick={() => onOpen({ kind: "tag", key: null, tag: null })}
              >
                {tags.add}
              </button>
              <button type="button" className="push-button" onClick={() => onOpen({ kind: "csv" })}>
                {tags.csvIn}
              </button>
            </>
          ) : null}
          <a className="push-button" href={csvUrl} download>
            {tags.csvOut}
          </a>
          {fixed === null ? (
            <button
              type="button"
              className="push-button"
              onClick={() => onOpen({ kind: "rollBack" })}
            >
              {tags.rollBack}
            </button>
          ) : null}
        </span>
      </div>
      {fixed === null ? null : <p className="text-mute">{fixed}</p>}
    </>
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
