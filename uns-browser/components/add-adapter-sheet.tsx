"use client";
import { useMemo, useState } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { entryBody, startingEntry, type AdapterKind } from "../lib/adapter-kinds.ts";
import { filledAt } from "../lib/filled-form.ts";
import { partsOf } from "../lib/schema-form.ts";
import { WithKinds } from "./adapter-kinds.tsx";
import type { BegunEntry } from "./adapters-over.tsx";
import { EntryForm } from "./entry-form.tsx";
import { EntryReview } from "./entry-review.tsx";
import { Sheet } from "./sheet.tsx";

const { adding: said } = words;
const KIND_NAMES: ReadonlyMap<string, string> = new Map(Object.entries(said.kinds));

interface AddAdapterProps {
  readonly begun: BegunEntry;
  readonly onBegun: (begun: BegunEntry) => void;
  readonly onApplied: () => void;
  readonly onClose: () => void;
  /** Closes, and what was filled in goes. */
  readonly onLeave: () => void;
}

/** A new adapter: its kind, a form out of what may be written of it, and what it would do, before it is there. */
export function AddAdapterSheet(props: AddAdapterProps) {
  return (
    <Sheet isWide title={said.title} onClose={props.onClose}>
      <WithKinds>{(kinds) => <NewEntry kinds={kinds} {...props} />}</WithKinds>
    </Sheet>
  );
}

function NewEntry({
  kinds,
  begun: { protocol: chosen, filled },
  onBegun,
  onApplied,
  onClose,
  onLeave,
}: AddAdapterProps & { readonly kinds: readonly AdapterKind[] }) {
  const [step, setStep] = useState<"first" | "review" | "back">("first");
  const kind = kinds.find(({ protocol }) => protocol === chosen) ?? kinds[0];
  const mine = useMemo(
    () => kind && (filled.get(kind.protocol) ?? startingEntry(kind)),
    [kind, filled],
  );
  const parts = useMemo(() => (kind && mine ? partsOf(kind.schema, mine) : []), [kind, mine]);
  if (kind === undefined || mine === undefined) return <p>{said.none}</p>;
  if (step === "review")
    return (
      <EntryReview
        {...{ onApplied, onClose }}
        body={entryBody(kind, mine)}
        done={said.done(filledAt(mine, ["name"]))}
        onBack={() => setStep("back")}
      />
    );
  return (
    <div className="grid gap-4">
      <fieldset className="flex flex-wrap gap-x-5 gap-y-1">
        <legend className="mb-1 font-medium">{said.kind}</legend>
        {kinds.map(({ protocol }) => (
          <label key={protocol} className="flex min-h-6 items-center gap-2">
            <input
              type="radio"
              name="kind"
              checked={protocol === kind.protocol}
              onChange={() => onBegun({ protocol, filled })}
            />
            {KIND_NAMES.get(protocol) ?? protocol}
          </label>
        ))}
      </fieldset>
      <EntryForm
        key={kind.protocol}
        title={words.entries.settings}
        isBack={step === "back"}
        {...{ parts, onLeave }}
        filled={mine}
        bodyOf={(next) => entryBody(kind, next)}
        entryOf={(next) => entryBody(kind, next).add}
        onChange={(next) =>
          onBegun({ protocol: chosen, filled: new Map(filled).set(kind.protocol, next) })
        }
        onReview={() => setStep("review")}
      />
    </div>
  );
}
