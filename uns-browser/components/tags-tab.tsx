"use client";
import { useCallback, useEffect, useMemo, useState } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { asSentence } from "../lib/hub-request.ts";
import { asking } from "../lib/poll.ts";
import { bodyOf, changes, NO_DRAFT, type Draft } from "../lib/tag-draft.ts";
import { withTyped, type TypedCell } from "../lib/tag-typing.ts";
import { createTagWindow, type TagWindow } from "../lib/tag-window.ts";
import { adapterUrl, parseTagKeys, startOf, type TagKeys } from "../lib/tags.ts";
import { texts } from "../lib/texts.ts";
import { sendToHub, startTimerWhileSeen } from "./browser-world.ts";
import type { DeviceProps } from "./device-view.tsx";
import { DraftBar } from "./draft-bar.tsx";
import { NodeDrop } from "./node-drop.tsx";
import { PolledState } from "./page-shell.tsx";
import { TagTable } from "./tag-table.tsx";
import { TagTools } from "./tag-tools.tsx";
import { TagsOver, type Open } from "./tags-over.tsx";
import { draftOf, tagPlanUrl, useDraftCheck } from "./use-draft.ts";
import { useNarrow } from "./use-narrow.ts";
import { useOpened } from "./use-opened.ts";
import { pagePoll, usePoll } from "./use-poll.ts";
import { useSignal } from "./use-signal.ts";

/** The tags of a device as they stand, and as somebody wants them. */
export function TagsTab(props: DeviceProps & TagsBeside) {
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

interface TagsBeside {
  /** Nodes of the server were dragged here; left out: they cannot be. */
  readonly onNodes?: () => void;
}

type TagsProps = DeviceProps &
  TagsBeside & { readonly keys: TagKeys; readonly onApplied: () => void };

function Tags(props: TagsProps) {
  const { adapter, device, address, go, isOld, mayEdit, keys, onApplied, onNodes } = props;
  const { name } = adapter;
  const window = useTagWindow(name, device.id);
  const draft = draftOf(name, device.id);
  const wanted = useSignal(draft);
  const [open, setOpen] = useState<Open>(null);
  const { filter: text, onlyTrouble: notGood } = address;
  useEffect(() => window?.filter({ text, notGood }), [window, text, notGood]);
  const { making, typed, setTyped, shown } = useTyped(keys, device.id, wanted);
  const body = changes(shown) === 0 ? null : bodyOf(device.id, shown);
  const check = useDraftCheck(tagPlanUrl(name), mayEdit ? body : null);
  const fixed = useFixed({ keys, isOld, mayEdit });
  const canEdit = fixed === null;
  const places = { adapter: name, device: device.id, text, notGood };
  const changed = (): void => {
    void window?.refresh();
    onApplied();
  };
  return (
    <NodeDrop onNodes={canEdit ? onNodes : undefined}>
      <TagTools
        {...{ address, go, fixed, window }}
        onOpen={setOpen}
        csvUrl={`${adapterUrl(name)}/tags.csv?device=${encodeURIComponent(device.id)}`}
      />
      <TagTable
        {...{ window, places, keys, making, draft, shown, isOld, check, canEdit }}
        isBeside={onNodes !== undefined}
        typed={canEdit ? typed : null}
        onType={setTyped}
        onOpen={({ key, tag }, isRaw) => setOpen({ kind: "tag", key, tag, isRaw })}
        onReplace={() => setOpen({ kind: "replace" })}
        onRepeat={(rows) => setOpen({ kind: "repeat", rows })}
      />
      {canEdit && (body !== null || wanted.after.length > 0) ? (
        <DraftBar
          draft={draft}
          count={changes(shown)}
          check={check}
          onReview={() => setOpen({ kind: "review" })}
        />
      ) : null}
      <TagsOver
        {...{ open, draft, body, keys, making, places, canEdit }}
        onApplied={() => {
          draft.set(NO_DRAFT);
          changed();
        }}
        onChanged={changed}
        onClose={() => setOpen(null)}
      />
    </NodeDrop>
  );
}

/** The draft with what is typed in a cell right now. */
function useTyped(keys: TagKeys, device: string, wanted: Draft) {
  const [typed, setTyped] = useState<TypedCell | null>(null);
  const making = useMemo(() => ({ keys: keys.keys, start: startOf(keys, device) }), [keys, device]);
  return { making, typed, setTyped, shown: withTyped(wanted, typed, making) };
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
      () => createTagWindow({ send: sendToHub, timer: startTimerWhileSeen }, { adapter, device }),
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
