"use client";
import { useState } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import type { CheckState } from "../lib/draft-check.ts";
import { formatClock, formatFullValue } from "../lib/format.ts";
import type { RegisterReading } from "../lib/registers.ts";
import type { Signal } from "../lib/signal.ts";
import { bodyOf, restored, withoutTag, withTag, type Draft, type Fault } from "../lib/tag-draft.ts";
import { fieldsOf, formOf, type TagForm } from "../lib/tag-form.ts";
import { nameIn, faultsOf } from "../lib/tag-rows.ts";
import {
  cellText,
  groupsOf,
  startOf,
  type Tag,
  type TagFields,
  type TagKey,
  type TagKeys,
} from "../lib/tags.ts";
import { visibleText } from "../lib/visible.ts";
import { DecodeHelper } from "./decode-helper.tsx";
import { HubText } from "./hub-text.tsx";
import { Icon } from "./icons.tsx";
import { MoreSettings } from "./more-settings.tsx";
import { NothingWrong } from "./review-state.tsx";
import { Sheet } from "./sheet.tsx";
import { TagField } from "./tag-field.tsx";
import { TagQuality } from "./tag-quality.tsx";
import { tagPlanUrl, useDraftCheck } from "./use-draft.ts";
import { useSignal } from "./use-signal.ts";

const { editor, tags } = words;

interface TagSheetProps {
  readonly adapter: string;
  readonly device: string;
  readonly keys: TagKeys;
  /** As it is written; `null`: it is not. */
  readonly tag: Tag | null;
  /** By which the draft knows it; `null`: a new one. */
  readonly tagKey: string | null;
  /** Its registers are read at once. */
  readonly isRaw: boolean;
  readonly draft: Signal<Draft>;
  readonly canEdit: boolean;
  readonly onClose: () => void;
}

/** What most tags need, in this order; everything else stands behind a fold. */
const FIRST: Readonly<Record<string, readonly string[]>> = {
  modbus: [
    "name",
    "at",
    "type",
    "group",
    "unit",
    "byteOrder",
    "scale",
    "offset",
    "access",
    "deadband",
    "description",
  ],
  opcua: ["name", "node", "group", "access", "unit", "deadband", "sampling", "description"],
};

/** One tag, key by key; the hub says while somebody types what it has against it. */
export function TagSheet(props: TagSheetProps) {
  const { adapter, device, keys, tag, tagKey, draft, canEdit, onClose } = props;
  const wanted = useSignal(draft);
  // What was there when the sheet opened; the rows below go on changing.
  const [before] = useState<TagFields>(() =>
    tagKey === null ? startOf(keys, device) : startingFields(wanted, tagKey, tag),
  );
  const [form, setForm] = useState<TagForm>(() => formOf(before, keys.keys));
  const [untouched] = useState(form);
  const fields = fieldsOf(form, keys.keys, before);
  const next = withTag(wanted, tagKey, fields);
  const isLocked = !canEdit || tag?.from === "table";
  const check = useDraftCheck(
    tagPlanUrl(adapter),
    isLocked || !isWhole(fields) ? null : bodyOf(device, next),
  );
  const isTyped = !isLocked && !isSameForm(form, untouched);
  const name = nameIn(fields);
  const faults = faultsOf(check, name);
  const take = (): void => {
    if (isLocked) return;
    draft.set(next);
    onClose();
  };
  return (
    <Sheet isWide isUnsaved={isTyped} title={titleOf(tagKey, before)} onClose={onClose}>
      <Origin tag={tag} />
      <Now tag={tag} />
      <form
        className="mt-3 grid gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          take();
        }}
      >
        <Fields
          {...{ keys, form, faults, isLocked, before }}
          groups={groupsOf(keys, device)}
          onChange={(key, text) => setForm({ ...form, [key]: text })}
        />
        <Registers
          {...props}
          at={isLocked ? "" : cellText(fields["at"])}
          type={cellText(before["type"])}
          onTake={({ type, byteOrder }) => setForm({ ...form, type, byteOrder })}
        />
        {isLocked ? null : (
          <div className="sheet-foot grid gap-2">
            <Verdict check={check} faults={faults} isNamed={name !== ""} />
            <Buttons
              {...{ tag, tagKey, draft, onClose }}
              isChanged={wanted.puts.has(tagKey ?? "")}
            />
          </div>
        )}
      </form>
    </Sheet>
  );
}

/** What stands at the address of the tag, for who may choose how it is read. */
function Registers({
  adapter,
  device,
  keys,
  isRaw,
  at,
  type,
  onTake,
}: Pick<TagSheetProps, "adapter" | "device" | "keys" | "isRaw"> & {
  readonly at: string;
  readonly type: string;
  readonly onTake: (reading: RegisterReading) => void;
}) {
  if (keys.protocol !== "modbus" || at === "") return null;
  return <DecodeHelper {...{ adapter, device, at, type, onTake }} isAsked={isRaw} />;
}

function isSameForm(a: TagForm, b: TagForm): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => (a[key] ?? "") === (b[key] ?? ""));
}

function titleOf(tagKey: string | null, before: TagFields): string {
  return tagKey === null ? editor.add : editor.edit(visibleText(nameIn(before)).text);
}

/** Nothing is asked of the hub before there is something to ask. */
function isWhole(fields: TagFields): boolean {
  return nameIn(fields) !== "" && cellText(fields["at"] ?? fields["node"]) !== "";
}

function startingFields(draft: Draft, key: string, tag: Tag | null): TagFields {
  return draft.puts.get(key)?.fields ?? tag?.fields ?? {};
}

function Origin({ tag }: { readonly tag: Tag | null }) {
  if (tag === null || tag.from === "entry") return null;
  const where = tag.where ?? "";
  return (
    <p className="notice bg-panel2">
      {tag.from === "table" ? tags.inFile(where) : tags.inTemplate(where)}
    </p>
  );
}

function Now({ tag }: { readonly tag: Tag | null }) {
  const now = tag?.now ?? null;
  if (now === null) return null;
  return (
    <p className="mt-2 flex flex-wrap items-center gap-x-4 gap-y-1">
      <span className="figures text-lg">
        {formatFullValue(now.value, now.datatype ?? undefined).text}
      </span>
      <TagQuality quality={now.quality} reason={now.reason} />
      {now.at === null ? null : (
        <span className="text-mute">{tags.lastGood(formatClock(now.at))}</span>
      )}
    </p>
  );
}

interface FieldsProps {
  readonly keys: TagKeys;
  readonly form: TagForm;
  readonly before: TagFields;
  readonly faults: readonly Fault[];
  readonly groups: readonly string[];
  readonly isLocked: boolean;
  readonly onChange: (key: string, text: string) => void;
}

function Fields({ keys: { protocol, keys }, ...rest }: FieldsProps) {
  const { form, before, faults } = rest;
  const first = (FIRST[protocol] ?? []).flatMap(
    (name) => keys.find((key) => key.name === name) ?? [],
  );
  const others = keys.filter(
    (key) => !first.includes(key) && (key.kind !== "other" || before[key.name] !== undefined),
  );
  const isInOthers = (name: string | null): boolean => others.some((key) => key.name === name);
  const isUsed =
    others.some(({ name }) => (form[name] ?? "") !== "") ||
    faults.some(({ field }) => isInOthers(field));
  return (
    <>
      <div className="tag-form">
        {first.map((key) => (
          <OneField key={key.name} {...rest} tagKey={key} />
        ))}
      </div>
      <MoreSettings isNeeded={isUsed}>
        <div className="tag-form">
          {usedFirst(others, before).map((key) => (
            <OneField key={key.name} {...rest} tagKey={key} />
          ))}
        </div>
      </MoreSettings>
    </>
  );
}

function usedFirst(keys: readonly TagKey[], before: TagFields): readonly TagKey[] {
  const isUsed = ({ name }: TagKey): boolean => before[name] !== undefined;
  return [...keys.filter(isUsed), ...keys.filter((key) => !isUsed(key))];
}

function OneField({
  tagKey,
  form,
  before,
  faults,
  groups,
  isLocked,
  onChange,
}: Omit<FieldsProps, "keys"> & { readonly tagKey: TagKey }) {
  const { name, kind } = tagKey;
  const isGroup = name === "group" && groups.length > 0;
  return (
    <TagField
      tagKey={isGroup ? { ...tagKey, kind: "choice", choices: groups } : tagKey}
      value={kind === "other" ? cellText(before[name]) : (form[name] ?? "")}
      fault={faults.find(({ field }) => field === name)?.message ?? null}
      isLocked={isLocked || kind === "other"}
      onChange={(text) => onChange(name, text)}
    />
  );
}

/** What the hub has against the tag that is not said at one of its fields. */
function Verdict({
  check,
  faults,
  isNamed,
}: {
  readonly check: CheckState;
  readonly faults: readonly Fault[];
  readonly isNamed: boolean;
}) {
  const general = faults.filter(({ field }) => field === null);
  const said = [...general.map(({ message }) => message), ...becauseOf(check)];
  return (
    <output className="min-h-6" data-check={check.kind}>
      {check.kind === "asking" ? <span className="text-mute">{tags.checking}</span> : null}
      {check.kind === "fine" ? <NothingWrong /> : null}
      {check.kind === "none" && !isNamed ? (
        <span className="text-mute">{editor.nameMissing}</span>
      ) : null}
      {said.map((message) => (
        <span key={message} className="flex items-start gap-1.5 text-bad">
          <Icon name="cross" className="mt-0.5 size-3.5 shrink-0" />
          <span className="wrap-anywhere">
            <HubText text={message} />
          </span>
        </span>
      ))}
    </output>
  );
}

/** Why there is no answer that tells one tag from another. */
function becauseOf(check: CheckState): readonly string[] {
  if (check.kind === "unreachable") return [check.because];
  return check.kind === "refused" && check.faults.length === 0 ? [check.because] : [];
}

function Buttons({
  tag,
  tagKey,
  draft,
  isChanged,
  onClose,
}: {
  readonly tag: Tag | null;
  readonly tagKey: string | null;
  readonly draft: Signal<Draft>;
  readonly isChanged: boolean;
  readonly onClose: () => void;
}) {
  const change = (next: Draft): void => {
    draft.set(next);
    onClose();
  };
  const isWanted = tagKey !== null && (isChanged || draft.get().removed.has(tagKey));
  return (
    <div className="flex flex-wrap justify-end gap-2">
      {tagKey === null || tag?.from === "template" ? null : (
        <button
          type="button"
          className="push-button text-bad"
          onClick={() => change(withoutTag(draft.get(), tagKey))}
        >
          {editor.remove}
        </button>
      )}
      {isWanted && tag !== null ? (
        <button
          type="button"
          className="push-button"
          onClick={() => change(restored(draft.get(), tagKey))}
        >
          {editor.restore}
        </button>
      ) : null}
      <button type="button" className="push-button ml-auto" onClick={onClose}>
        {editor.cancel}
      </button>
      <button type="submit" className="main-button">
        {editor.take}
      </button>
    </div>
  );
}
