"use client";
import { useCallback, useMemo, useState } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import {
  changeBody,
  filledSettings,
  isSameForm,
  type AdapterKind,
  type LoadedEntry,
} from "../lib/adapter-kinds.ts";
import { partsBesideTags } from "../lib/filled-entry.ts";
import { filledAt } from "../lib/filled-form.ts";
import { partsOf } from "../lib/schema-form.ts";
import { visibleText } from "../lib/visible.ts";
import { WithKinds } from "./adapter-kinds.tsx";
import { EntryForm } from "./entry-form.tsx";
import { EntryReview } from "./entry-review.tsx";
import { HubText } from "./hub-text.tsx";
import { Sheet } from "./sheet.tsx";
import { moveDrafts } from "./use-draft.ts";
import { askEntry, useLoadedEntry } from "./use-loaded-entry.ts";

const { entries: said } = words;

interface EditAdapterProps {
  readonly name: string;
  /** `name`: as it is called now. */
  readonly onApplied: (name: string) => void;
  readonly onClose: () => void;
}

/** The settings of an adapter that is there: the form of its entry, what a change does, and doing it. */
export function EditAdapterSheet({ name, onApplied, onClose }: EditAdapterProps) {
  const [isTyped, setIsTyped] = useState(false);
  const label = visibleText(name).text;
  return (
    <Sheet isWide title={said.editTitle(label)} isUnsaved={isTyped} onClose={onClose}>
      <WithKinds>
        {(kinds) => (
          <Loaded
            {...{ kinds, name, onClose }}
            onTyped={setIsTyped}
            onApplied={(now) => {
              setIsTyped(false);
              if (now !== name) moveDrafts(name, now);
              onApplied(now);
            }}
          />
        )}
      </WithKinds>
    </Sheet>
  );
}

type LoadedProps = EditAdapterProps & {
  readonly onTyped: (isTyped: boolean) => void;
};

function Loaded({ kinds, ...rest }: LoadedProps & { readonly kinds: readonly AdapterKind[] }) {
  const load = useLoadedEntry(rest.name);
  if (load.kind === "asking") return <div className="skeleton-late h-40 rounded-md bg-panel2" />;
  if (load.kind === "failed")
    return (
      <p className="text-bad">
        <HubText text={load.because} />
      </p>
    );
  const kind = kinds.find(({ protocol }) => protocol === load.loaded.entry["protocol"]);
  return kind === undefined ? (
    <p>{said.noForm}</p>
  ) : (
    <Settings {...rest} kind={kind} loaded={load.loaded} />
  );
}

function Settings({
  kind,
  loaded: first,
  name,
  onTyped,
  onApplied,
  onClose,
}: LoadedProps & { readonly kind: AdapterKind; readonly loaded: LoadedEntry }) {
  const [loaded, renew] = useNewestEntry(kind, name, first);
  const [filled, setFilled] = useState(() => filledSettings(kind, first.entry));
  const [step, setStep] = useState<"first" | "review" | "back">("first");
  const parts = useMemo(
    () => partsBesideTags(partsOf(kind.schema, filled), filled),
    [kind, filled],
  );
  const nameNow = filledAt(filled, ["name"]).trim();
  const newName = visibleText(nameNow).text;
  if (step === "review")
    return (
      <EntryReview
        onClose={onClose}
        onApplied={() => onApplied(nameNow)}
        body={changeBody(kind, loaded, filled)}
        done={said.edited(newName)}
        onBack={() => setStep("back")}
      >
        {newName === visibleText(name).text ? null : (
          <ul className="grid gap-0.5" data-renamed="">
            {said.renaming(visibleText(name).text, newName).map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        )}
      </EntryReview>
    );
  return (
    <EntryForm
      title={said.settings}
      isBack={step === "back"}
      {...{ parts, filled }}
      bodyOf={(next) => changeBody(kind, loaded, next)}
      entryOf={(next) => changeBody(kind, loaded, next).change.to}
      onChange={(next) => {
        onTyped(true);
        setFilled(next);
      }}
      onReview={() => setStep("review")}
      onRefused={renew}
      onLeave={onClose}
    >
      <p className="text-mute">{said.editHelp}</p>
    </EntryForm>
  );
}

/** Somebody changes the file meanwhile: as long as nothing of the form is another by that, it holds for the new file, too. */
function useNewestEntry(
  kind: AdapterKind,
  name: string,
  first: LoadedEntry,
): readonly [loaded: LoadedEntry, renew: () => Promise<void>] {
  const [loaded, setLoaded] = useState(first);
  const renew = useCallback(async (): Promise<void> => {
    const load = await askEntry(name);
    if (load.kind !== "ready" || load.loaded.basis === loaded.basis) return;
    if (isSameForm(kind, load.loaded.entry, loaded.entry)) setLoaded(load.loaded);
  }, [kind, name, loaded]);
  return [loaded, renew];
}
