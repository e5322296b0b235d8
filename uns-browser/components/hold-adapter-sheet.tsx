"use client";
import { useState } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { visibleText } from "../lib/visible.ts";
import { EntryReview } from "./entry-review.tsx";
import { SheetField } from "./sheet-field.tsx";
import { Sheet } from "./sheet.tsx";

const { entries: said } = words;

/** An adapter stopped, or started again, once it was seen what that does. */
export function HoldAdapterSheet({
  name,
  isStop,
  onApplied,
  onClose,
}: {
  readonly name: string;
  readonly isStop: boolean;
  readonly onApplied: () => void;
  readonly onClose: () => void;
}) {
  const [because, setBecause] = useState("");
  const label = visibleText(name).text;
  const own = isStop ? said.stop : said.start;
  return (
    <Sheet isWide isUnsaved={because !== ""} title={own.title(label)} onClose={onClose}>
      <EntryReview
        body={isStop ? { stop: { name } } : { start: name }}
        last={isStop ? { stop: { name, because } } : { start: name }}
        done={own.done(label)}
        label={own.act}
        isDanger={isStop}
        onClose={onClose}
        onApplied={() => {
          setBecause("");
          onApplied();
        }}
        onBack={onClose}
      >
        <p className="text-mute">{own.help}</p>
        {isStop ? (
          <SheetField
            label={said.because}
            help={said.becauseHelp}
            value={because}
            onText={setBecause}
          />
        ) : null}
      </EntryReview>
    </Sheet>
  );
}
