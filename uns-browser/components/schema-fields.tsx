"use client";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { isFirst } from "../lib/adapter-kinds.ts";
import { inOurLanguage } from "../lib/hub-words.ts";
import { filledAt, renamedEntry, withFilled } from "../lib/filled-form.ts";
import { nameOfKey, placeOf } from "../lib/form-places.ts";
import {
  CHOSEN,
  type FieldPath,
  type FilledMap,
  type FormField,
  type FormPart,
} from "../lib/schema-form.ts";
import type { Fault } from "../lib/tag-draft.ts";
import { HubText } from "./hub-text.tsx";
import { MoreSettings } from "./more-settings.tsx";
import { TagField } from "./tag-field.tsx";

const { adding: said } = words;

interface FieldsProps {
  readonly filled: FilledMap;
  readonly faults: readonly Fault[];
  readonly onChange: (filled: FilledMap) => void;
}

/** The fields of a schema: first what most need, the rest behind a fold, which opens where something is wrong. */
export function SchemaFields({
  parts,
  ...rest
}: FieldsProps & { readonly parts: readonly FormPart[] }) {
  const first = parts.filter(isShown);
  const others = parts.filter((part) => !isShown(part));
  return (
    <div className="grid gap-3">
      <Parts {...rest} parts={first} />
      {others.length === 0 ? null : (
        <MoreSettings isNeeded={others.some((part) => hasFault(part, rest.faults))}>
          <Parts {...rest} parts={others} />
        </MoreSettings>
      )}
    </div>
  );
}

function isShown(part: FormPart): boolean {
  return isFirst(pathOf(part)) || (part.kind === "field" && part.field.isRequired);
}

function pathOf(part: FormPart): FieldPath {
  return part.kind === "field" ? part.field.path : part.path;
}

function hasFault(part: FormPart, faults: readonly Fault[]): boolean {
  const place = placeOf(pathOf(part));
  return faults.some(({ field }) => field === place || field?.startsWith(`${place}.`) === true);
}

type PartsProps = FieldsProps & { readonly parts: readonly FormPart[] };

/** Single fields side by side, then what has fields of its own. */
function Parts({ parts, ...rest }: PartsProps) {
  const fields = parts.flatMap((part) =>
    part.kind === "field" ? [part.field] : part.kind === "oneOf" ? [part.field] : [],
  );
  return (
    <>
      {fields.length === 0 ? null : (
        <div className="tag-form">
          {fields.map((field) => (
            <OneField key={field.path.join(".")} field={field} {...rest} />
          ))}
        </div>
      )}
      {parts.map((part) => (
        <Nested key={pathOf(part).join(".")} part={part} {...rest} />
      ))}
    </>
  );
}

function Nested({ part, ...rest }: FieldsProps & { readonly part: FormPart }) {
  switch (part.kind) {
    case "field":
      return null;
    case "oneOf":
      return part.parts.length === 0 ? null : <SchemaFields {...rest} parts={part.parts} />;
    case "group":
      return (
        <fieldset className="form-group" data-group={part.path.join(".")}>
          <legend className="figures px-1 text-xs font-semibold">{part.path.at(-1)}</legend>
          {part.about === null ? null : (
            <p className="mb-2 text-xs text-mute">
              <HubText text={part.about} />
            </p>
          )}
          <SchemaFields {...rest} parts={part.parts} />
        </fieldset>
      );
    case "many":
      return <Many {...rest} part={part} />;
  }
}

/** Parts that come and go: devices, groups. */
function Many({
  part,
  ...rest
}: FieldsProps & { readonly part: Extract<FormPart, { kind: "many" }> }) {
  const { filled, onChange } = rest;
  const { path, isNamed, entries } = part;
  const name = path.at(-1) ?? "";
  const keys = entries.map(({ key }) => key);
  const add = (): void =>
    onChange(withFilled(filled, [...path, isNamed ? freeKey(keys) : String(keys.length)], {}));
  const fault = rest.faults.find(({ field }) => field === placeOf(path));
  return (
    <fieldset className="form-group" data-group={path.join(".")}>
      <legend className="figures px-1 text-xs font-semibold">{name}</legend>
      <div className="grid gap-3">
        {entries.map((entry, at) => (
          // The place, not the name: it is typed in, and keeps the focus.
          <div key={at} className="grid gap-2 border-line not-first:border-t not-first:pt-3">
            <EntryHead {...{ part, rest }} entryKey={entry.key} at={at} />
            <SchemaFields {...rest} parts={entry.parts} />
          </div>
        ))}
        {fault === undefined ? null : (
          <p className="text-xs text-bad">
            <HubText text={fault.message} />
          </p>
        )}
        <button type="button" className="push-button justify-self-start" onClick={add}>
          {said.addTo(name)}
        </button>
      </div>
    </fieldset>
  );
}

function freeKey(keys: readonly string[]): string {
  const names = new Set(keys.map(nameOfKey));
  let number = names.size + 1;
  while (names.has(`group${number}`)) number += 1;
  return `group${number}`;
}

function EntryHead({
  part: { path, isNamed, entries },
  rest: { filled, faults, onChange },
  entryKey,
  at,
}: {
  readonly part: Extract<FormPart, { kind: "many" }>;
  readonly rest: FieldsProps;
  readonly entryKey: string;
  readonly at: number;
}) {
  const name = path.at(-1) ?? "";
  const place = placeOf([...path, entryKey]);
  const remove = (): void => {
    const without = withFilled(filled, [...path, entryKey], undefined);
    onChange(isNamed ? without : renumbered(without, path));
  };
  return (
    <div className="flex flex-wrap items-end gap-3">
      {isNamed ? (
        <TagField
          tagKey={{ ...KEY, name: place }}
          label={said.nameIn(name)}
          value={nameOfKey(entryKey)}
          fault={faults.find(({ field }) => field === place)?.message ?? null}
          isLocked={false}
          onChange={(to) => onChange(renamedEntry(filled, path, [entryKey, to]))}
        />
      ) : null}
      {entries.length > 1 || name !== "devices" ? (
        <button type="button" className="push-button ml-auto text-bad" onClick={remove}>
          {said.removeFrom(isNamed ? nameOfKey(entryKey) : `${name} ${at + 1}`)}
        </button>
      ) : null}
    </div>
  );
}

/** A list has no gaps: the hub tells places in it by number. */
function renumbered(filled: FilledMap, path: FieldPath): FilledMap {
  const list = path.reduce<FilledMap[string]>(
    (at, key) => (typeof at === "string" ? "" : (at[key] ?? "")),
    filled,
  );
  if (typeof list === "string") return filled;
  const entries = Object.values(list).map((entry, at) => [String(at), entry]);
  return withFilled(filled, path, Object.fromEntries(entries));
}

const KEY = { kind: "text", isRequired: true, choices: [], about: null } as const;

function OneField({
  field,
  filled,
  faults,
  onChange,
}: FieldsProps & { readonly field: FormField }) {
  const { path, kind, about, usual } = field;
  const name = placeOf(path);
  const help = [
    ...(about === null ? [] : [inOurLanguage(about)]),
    ...(kind === "list" ? [said.list] : []),
    ...(usual === null ? [] : [said.usual(usual)]),
  ].join(" · ");
  return (
    <TagField
      tagKey={{
        ...field,
        name,
        kind: kind === "list" ? "text" : kind,
        about: help === "" ? null : help,
      }}
      label={path.findLast((key) => key !== CHOSEN) ?? ""}
      value={filledAt(filled, path)}
      fault={faults.find((fault) => fault.field === name)?.message ?? null}
      isLocked={false}
      isSecret={field.isSecret}
      onChange={(text) => onChange(withFilled(filled, path, text))}
    />
  );
}
