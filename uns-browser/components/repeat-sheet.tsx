"use client";
import { useMemo, useState } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { formatCount } from "../lib/format.ts";
import { addRepeated } from "../lib/new-tags.ts";
import type { Signal } from "../lib/signal.ts";
import type { Draft } from "../lib/tag-draft.ts";
import {
  likelyCounted,
  likelyStep,
  MOST_TIMES,
  repeated,
  repeatFault,
  type RepeatWish,
} from "../lib/tag-repeat.ts";
import { nameIn, type TagRow } from "../lib/tag-rows.ts";
import { placeOf, type TagFields } from "../lib/tags.ts";
import { visibleText } from "../lib/visible.ts";
import { sendToHub } from "./browser-world.ts";
import { Problem, Sheet } from "./sheet.tsx";
import { SheetField } from "./sheet-field.tsx";

const { repeat: said, review } = words;
const MOST_SHOWN = 60;

interface RepeatSheetProps {
  readonly adapter: string;
  readonly device: string;
  readonly rows: readonly TagRow[];
  readonly draft: Signal<Draft>;
  readonly onClose: () => void;
}

/** The tags of one machine for as many machines as there are, seen before they go into the draft. */
export function RepeatSheet({ adapter, device, rows, draft, onClose }: RepeatSheetProps) {
  const tags = useMemo(() => rows.map(({ fields }) => fields), [rows]);
  const hasAddresses = tags.some((tag) => tag["at"] !== undefined);
  const [wish, setWish] = useState<RepeatWish>(() => ({
    counted: likelyCounted(tags.map(nameIn)),
    times: 1,
    addressStep: likelyStep(tags),
  }));
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const fault = repeatFault(wish, tags.length);
  const made = useMemo(
    () => (fault === null ? repeated(tags, wish, new Set(tags.map(nameIn))) : []),
    [tags, wish, fault],
  );
  const take = async (): Promise<void> => {
    if (fault !== null || isBusy) return;
    setIsBusy(true);
    const done = await addRepeated(sendToHub, { adapter, device, draft }, { tags, wish });
    setIsBusy(false);
    if (typeof done === "string") return setProblem(done);
    onClose();
  };
  return (
    <Sheet isWide title={said.title(formatCount(tags.length))} onClose={onClose}>
      <form
        className="grid gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          void take();
        }}
      >
        <p className="text-mute">{said.intro}</p>
        <WishFields {...{ wish, hasAddresses }} onChange={setWish} />
        {fault === null ? <Made tags={made} /> : <p className="text-bad">{said.faults[fault]}</p>}
        <Problem change={{ problem }} />
        <div className="sheet-foot flex flex-wrap justify-end gap-2">
          <button type="button" className="push-button" onClick={onClose}>
            {words.editor.cancel}
          </button>
          <button type="submit" className="main-button" aria-disabled={fault !== null || isBusy}>
            {said.act(formatCount(made.length))}
          </button>
        </div>
      </form>
    </Sheet>
  );
}

function WishFields({
  wish,
  hasAddresses,
  onChange,
}: {
  readonly wish: RepeatWish;
  readonly hasAddresses: boolean;
  readonly onChange: (wish: RepeatWish) => void;
}) {
  const { counted, times, addressStep } = wish;
  return (
    <div className="tag-form">
      <SheetField
        label={said.counted}
        help={said.countedHelp}
        value={counted}
        onText={(text) => onChange({ ...wish, counted: text })}
      />
      <SheetField
        label={said.times}
        help={said.timesHelp(formatCount(MOST_TIMES))}
        value={Number.isNaN(times) ? "" : String(times)}
        onText={(text) => onChange({ ...wish, times: wholeIn(text) })}
      />
      {hasAddresses ? (
        <SheetField
          label={said.step}
          help={said.stepHelp}
          value={Number.isNaN(addressStep) ? "" : String(addressStep)}
          onText={(text) => onChange({ ...wish, addressStep: wholeIn(text) })}
        />
      ) : null}
    </div>
  );
}

function wholeIn(text: string): number {
  return /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
}

function Made({ tags }: { readonly tags: readonly TagFields[] }) {
  return (
    <>
      <ul className="figures grid gap-0.5 text-xs">
        {tags.slice(0, MOST_SHOWN).map((tag) => (
          <li
            key={nameIn(tag)}
            data-made={nameIn(tag)}
            className="grid grid-cols-2 gap-x-3 border-t border-line py-1 first:border-t-0"
          >
            <span className="truncate">{visibleText(nameIn(tag)).text}</span>
            <span className="truncate text-mute">{visibleText(placeOf(tag)).text}</span>
          </li>
        ))}
      </ul>
      {tags.length > MOST_SHOWN ? (
        <p className="text-mute">{review.more(formatCount(tags.length - MOST_SHOWN))}</p>
      ) : null}
    </>
  );
}
