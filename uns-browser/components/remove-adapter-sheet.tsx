"use client";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { visibleText } from "../lib/visible.ts";
import { EntryReview } from "./entry-review.tsx";
import { Sheet } from "./sheet.tsx";

const { removing: said } = words;

/** An adapter taken out of the configuration, once it was seen what that does. */
export function RemoveAdapterSheet({
  name,
  onApplied,
  onClose,
}: {
  readonly name: string;
  readonly onApplied: () => void;
  readonly onClose: () => void;
}) {
  const label = visibleText(name).text;
  return (
    <Sheet isWide title={said.title(label)} onClose={onClose}>
      <p className="mb-3 text-mute">{said.help}</p>
      <EntryReview
        body={{ remove: name }}
        done={said.done(label)}
        label={said.act}
        isDanger
        {...{ onApplied, onClose }}
        onBack={onClose}
      />
    </Sheet>
  );
}
