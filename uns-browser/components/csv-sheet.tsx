"use client";
import { useId, useState, type DragEvent } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { Icon } from "./icons.tsx";
import { ReviewSheet } from "./review-sheet.tsx";
import { Sheet } from "./sheet.tsx";

const { csv: said } = words;
/** As the hub takes a question. */
const MOST_BYTES = 1_000_000;
const MODES = ["merge-overwrite", "merge-safe", "overwrite", "create", "delete"] as const;
type Mode = (typeof MODES)[number];

interface CsvSheetProps {
  readonly adapter: string;
  readonly device: string;
  readonly onApplied: () => void;
  readonly onClose: () => void;
}

interface Table {
  readonly csv: string;
  readonly mode: Mode;
}

/** A table of tags, pasted or dropped; what it would do is looked at before anything is done. */
export function CsvSheet({ adapter, device, onApplied, onClose }: CsvSheetProps) {
  const [table, setTable] = useState<Table>({ csv: "", mode: "merge-overwrite" });
  const [isReviewed, setIsReviewed] = useState(false);
  if (isReviewed)
    return (
      <ReviewSheet
        adapter={adapter}
        body={{ device, ...table }}
        onApplied={onApplied}
        onClose={onClose}
        onBack={() => setIsReviewed(false)}
      />
    );
  return (
    <Sheet isWide title={said.title} onClose={onClose}>
      <TableForm
        table={table}
        onChange={(part) => setTable((before) => ({ ...before, ...part }))}
        onCheck={() => setIsReviewed(true)}
      />
    </Sheet>
  );
}

interface TableFormProps {
  readonly table: Table;
  readonly onChange: (part: Partial<Table>) => void;
  readonly onCheck: () => void;
}

function TableForm({ table, onChange, onCheck }: TableFormProps) {
  const [problem, setProblem] = useState<string | null>(null);
  const take = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    const csv = file.size > MOST_BYTES ? null : await file.text().catch(() => null);
    setProblem(csv === null ? (file.size > MOST_BYTES ? said.tooLarge : said.unreadable) : null);
    if (csv !== null) onChange({ csv }); // what was chosen beside it meanwhile stays
  };
  const check = (): void => {
    if (table.csv.trim() === "") return setProblem(said.empty);
    if (new Blob([table.csv]).size > MOST_BYTES) return setProblem(said.tooLarge);
    onCheck();
  };
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        check();
      }}
    >
      <p className="text-mute">{said.intro}</p>
      <TextField
        csv={table.csv}
        onChange={(csv) => onChange({ csv })}
        onFile={(file) => void take(file)}
      />
      <label className="flex flex-wrap items-center gap-2">
        <span className="font-medium">{said.choose}</span>
        <input
          type="file"
          accept=".csv,.tsv,.txt,text/csv,text/plain"
          className="max-w-full"
          onChange={({ target }) => void take(target.files?.[0])}
        />
      </label>
      <ModeField mode={table.mode} onChange={(mode) => onChange({ mode })} />
      <div role="alert" className="empty:hidden">
        {problem === null ? null : (
          <p className="notice notice-bad">
            <Icon name="cross" className="mt-0.5 size-4 text-bad" />
            {problem}
          </p>
        )}
      </div>
      <div className="flex justify-end">
        <button type="submit" className="main-button">
          {said.check}
        </button>
      </div>
    </form>
  );
}

interface TextFieldProps {
  readonly csv: string;
  readonly onChange: (csv: string) => void;
  readonly onFile: (file: File | undefined) => void;
}

/** Where a table is pasted, or a file let fall. */
function TextField({ csv, onChange, onFile }: TextFieldProps) {
  const [isOver, setIsOver] = useState(false);
  const id = useId();
  const onDrop = (event: DragEvent): void => {
    event.preventDefault();
    setIsOver(false);
    onFile(event.dataTransfer.files[0]);
  };
  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- a file may be chosen by keys below, too
    <div
      className={`grid gap-1 rounded-md ${isOver ? "outline-2 outline-accent outline-dashed" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={onDrop}
    >
      <label htmlFor={id} className="font-medium">
        {isOver ? said.drop : said.text}
      </label>
      <textarea
        id={id}
        rows={12}
        className="text-field figures text-xs whitespace-pre"
        wrap="off"
        spellCheck={false}
        value={csv}
        onChange={({ target }) => onChange(target.value)}
      />
    </div>
  );
}

function ModeField({
  mode,
  onChange,
}: {
  readonly mode: Mode;
  readonly onChange: (mode: Mode) => void;
}) {
  return (
    <fieldset className="grid gap-1">
      <legend className="font-medium">{said.mode}</legend>
      {MODES.map((one) => (
        <label key={one} className="flex min-h-6 items-center gap-2">
          <input
            type="radio"
            name="mode"
            value={one}
            checked={mode === one}
            onChange={() => onChange(one)}
          />
          {said.modes[one]}
        </label>
      ))}
    </fieldset>
  );
}
