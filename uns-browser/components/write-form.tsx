"use client";
import type { TreeRow } from "@unshub/hub/feed";
import { type ReactNode, useState } from "react";
import { formatFullValue, formatSpan } from "../lib/format.ts";
import type { Namespace } from "../lib/namespace.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { inputFault, limitsOf, pageFault, type Writing } from "../lib/write.ts";
import { Age } from "./age.tsx";
import { Icon, QUALITY_ICONS } from "./icons.tsx";
import { usePill } from "./use-pill.ts";
import { useRowVersion } from "./use-signal.ts";
import { writer } from "./writer.ts";

const { write: words } = texts;

interface WriteFormProps {
  readonly page: Namespace;
  readonly row: TreeRow;
  readonly writing: Writing;
  readonly name: string;
}

/** The value, the reason, what will be sent, and the button; Enter sends nothing. */
export function WriteForm({ page, row, writing, name }: WriteFormProps) {
  const { plan } = writing;
  const [text, setText] = useState("");
  const [reason, setReason] = useState("");
  const [typedName, setTypedName] = useState("");
  const isText = row.datatype === "String" || row.datatype === "Text" || row.datatype === "UUID";
  const input = inputFault({ text, isText, typedName }, plan, name);
  const fault = pageFault(usePill(page).state) ?? input;
  const unit = row.unit === undefined ? "" : visibleText(row.unit).text;
  const limits = limitsOf(plan, unit);
  const wished = text === "" ? "" : `${visibleText(text).text} ${unit}`.trimEnd();
  return (
    <form className="grid gap-3" onSubmit={(event) => event.preventDefault()}>
      <Now page={page} row={row} unit={unit} />
      <div className="grid gap-1">
        <label htmlFor="write-value" className="font-medium">
          {words.value}
        </label>
        <div className="flex items-center gap-2">
          <ValueInput choices={choicesOf(row, plan.values)} text={text} onText={setText} />
          <span className="text-mute">{unit}</span>
        </div>
        {limits === null ? null : (
          <p className="text-xs text-mute">
            {words.allowed}: {limits}
          </p>
        )}
      </div>
      <Line id="write-reason" text={reason} onText={setReason} help={words.reasonHelp}>
        {words.reason} <span className="font-normal text-mute">({words.optional})</span>
      </Line>
      {plan.isGuarded ? (
        <Line
          id="write-name"
          text={typedName}
          onText={setTypedName}
          help={words.guarded(visibleText(name).text)}
        >
          {words.guardedName}
        </Line>
      ) : null}
      <p className="text-xs wrap-anywhere text-mute">
        {words.sends(visibleText(plan.topic).text, formatSpan(plan.confirmWithinMs))}
        {plan.needsSecond ? ` ${words.second}` : null}
      </p>
      <Actions
        fault={fault}
        isSaid={text !== ""}
        label={plan.needsSecond ? words.ask(wished) : words.submit(wished)}
        onSend={() => void writer.send(text, reason.trim())}
      />
    </form>
  );
}

/** Away, or on: pressing the button is what sends. */
function Actions({
  fault,
  isSaid,
  label,
  onSend,
}: {
  readonly fault: string | null;
  readonly isSaid: boolean;
  readonly label: string;
  readonly onSend: () => void;
}) {
  return (
    <div className="mt-1 flex flex-wrap items-center justify-end gap-2">
      {fault === null || !isSaid ? null : (
        <output className="mr-auto flex items-center gap-1.5 text-stale">
          <Icon name="triangle" className="size-3.5" />
          {fault}
        </output>
      )}
      <button type="button" className="push-button" onClick={() => writer.close()}>
        {words.cancel}
      </button>
      <button
        type="button"
        className="main-button py-[4px]! wrap-anywhere"
        aria-disabled={fault !== null}
        onClick={() => (fault === null ? onSend() : undefined)}
      >
        {label}
      </button>
    </div>
  );
}

/** What the metric says at this moment. */
function Now({
  page,
  row,
  unit,
}: {
  readonly page: Namespace;
  readonly row: TreeRow;
  readonly unit: string;
}) {
  useRowVersion(page.store, row.id);
  const reading = page.store.read(row.id);
  if (reading === null) return null;
  const { value, quality, sourceTime } = reading;
  return (
    <p className="flex flex-wrap items-center gap-x-2 rounded-md bg-panel2 px-2.5 py-1.5">
      <span className="text-mute">{words.now}</span>
      <span className="figures font-medium wrap-anywhere" data-write="now">
        {formatFullValue(value, row.datatype).text} {unit}
      </span>
      <span className="ml-auto flex items-center gap-1.5 text-xs text-mute">
        <Icon name={QUALITY_ICONS[quality]} className="size-3.5" />
        {texts.qualities[quality]} · <Age clock={page.clock} since={sourceTime} />
      </span>
    </p>
  );
}

/** The only values there are, where they are known. */
function choicesOf(row: TreeRow, values: Writing["plan"]["values"]): readonly string[] | null {
  if (values !== null) return values.map(String);
  return row.datatype === "Boolean" ? ["true", "false"] : null;
}

function ValueInput({
  choices,
  text,
  onText,
}: {
  readonly choices: readonly string[] | null;
  readonly text: string;
  readonly onText: (text: string) => void;
}) {
  if (choices === null) {
    return (
      <input
        id="write-value"
        className="text-field figures flex-1"
        value={text}
        autoComplete="off"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        // oxlint-disable-next-line jsx-a11y/no-autofocus -- a dialog puts the focus where one begins
        autoFocus
        onChange={(event) => onText(event.target.value)}
      />
    );
  }
  return (
    <select
      id="write-value"
      className="text-field figures flex-1"
      value={text}
      onChange={(event) => onText(event.target.value)}
    >
      <option value="">{words.choose}</option>
      {choices.map((choice) => (
        <option key={choice} value={choice}>
          {choice}
        </option>
      ))}
    </select>
  );
}

function Line({
  id,
  text,
  onText,
  help,
  children,
}: {
  readonly id: string;
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly help: string;
  readonly children: ReactNode;
}) {
  return (
    <div className="grid gap-1">
      <label htmlFor={id} className="font-medium">
        {children}
      </label>
      <input
        id={id}
        className="text-field"
        value={text}
        maxLength={500}
        autoComplete="off"
        spellCheck={false}
        aria-describedby={`${id}-help`}
        onChange={(event) => onText(event.target.value)}
      />
      <p id={`${id}-help`} className="text-xs text-mute">
        {help}
      </p>
    </div>
  );
}
