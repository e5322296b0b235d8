"use client";
import { useEffect, useMemo, type FormEvent, type ReactNode } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { HUB_KEYS } from "../lib/adapter-kinds.ts";
import { faultsSaid, type CheckState } from "../lib/draft-check.ts";
import { filledAt, withFilled } from "../lib/filled-form.ts";
import { faultsAside, nameFaults } from "../lib/form-places.ts";
import type { FilledMap, FormPart } from "../lib/schema-form.ts";
import type { Fault } from "../lib/tag-draft.ts";
import { ENTRY_PLAN_URL } from "./entry-review.tsx";
import { EntryTrial } from "./entry-trial.tsx";
import { HubText } from "./hub-text.tsx";
import { NothingWrong } from "./review-state.tsx";
import { SchemaFields } from "./schema-fields.tsx";
import { StepHead } from "./step-head.tsx";
import { TagField } from "./tag-field.tsx";
import { useDraftCheck } from "./use-draft.ts";

const { adding: said, tags, entries } = words;
/** What the hub keeps of an entry beside its name and edge node. */
const MORE_KEYS = ["memoryLimit"] as const;

interface EntryFormProps {
  /** What is looked at with it; the focus goes there when somebody comes back from the review. */
  readonly title: string;
  readonly isBack: boolean;
  readonly parts: readonly FormPart[];
  readonly filled: FilledMap;
  /** As the hub is asked. */
  readonly bodyOf: (filled: FilledMap) => object;
  /** As it would stand in the file. */
  readonly entryOf: (filled: FilledMap) => object;
  readonly onChange: (filled: FilledMap) => void;
  readonly onReview: () => void;
  /** The hub does not take it, and no field is to blame. */
  readonly onRefused?: () => Promise<void>;
  readonly onLeave: () => void;
  /** Above the fields. */
  readonly children?: ReactNode;
}

/** The settings of an adapter by the names that they have in the file; what is wrong stands at its field as it is typed. */
export function EntryForm(props: EntryFormProps) {
  const { title, isBack, parts, filled, bodyOf, entryOf, children } = props;
  const { onChange, onReview, onRefused, onLeave } = props;
  const isBegun = HUB_KEYS.every((key) => filledAt(filled, [key]).trim() !== "");
  const own = useMemo(() => nameFaults(parts), [parts]);
  const check = useDraftCheck(ENTRY_PLAN_URL, isBegun && own.length === 0 ? bodyOf(filled) : null);
  const isRefused = check.kind === "refused" && check.faults.length === 0;
  useEffect(() => {
    if (isRefused) void onRefused?.();
  }, [isRefused, onRefused]);
  const faults = [...own, ...faultsSaid(check)];
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (check.kind === "fine") return onReview();
    // Whoever cannot see the page is taken to what is wrong.
    event.currentTarget.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  };
  const keyField = (key: string, about: string, isRequired: boolean) => (
    <TagField
      key={key}
      tagKey={{ name: key, kind: "text", isRequired, choices: [], about }}
      value={filledAt(filled, [key])}
      fault={faults.find(({ field }) => field === key)?.message ?? null}
      isLocked={false}
      onChange={(text) => onChange(withFilled(filled, [key], text))}
    />
  );
  return (
    <form className="grid gap-4" onSubmit={submit}>
      <StepHead title={title} isFocused={isBack} />
      {children}
      <div className="tag-form">{HUB_KEYS.map((key) => keyField(key, said.about[key], true))}</div>
      <SchemaFields {...{ parts, filled, faults, onChange }} />
      <div className="tag-form">
        {MORE_KEYS.map((key) => keyField(key, entries.about[key], false))}
      </div>
      <EntryTrial
        entry={() => entryOf(filled)}
        because={check.kind === "fine" ? null : entries.trial.notYet}
      />
      <div className="sheet-foot grid gap-2">
        <Verdict
          {...{ check, faults, isBegun }}
          aside={faultsAside(faults, parts, [...HUB_KEYS, ...MORE_KEYS])}
        />
        <div className="flex flex-wrap justify-end gap-2">
          <button type="button" className="push-button" onClick={onLeave}>
            {words.editor.cancel}
          </button>
          <button type="submit" className="main-button" aria-disabled={check.kind !== "fine"}>
            {tags.review}
          </button>
        </div>
      </div>
    </form>
  );
}

/** What stands at a field is told there; here stands the rest, and how many there are. */
function Verdict({
  check,
  faults,
  aside,
  isBegun,
}: {
  readonly check: CheckState;
  readonly faults: readonly Fault[];
  /** Those that no field tells. */
  readonly aside: readonly Fault[];
  readonly isBegun: boolean;
}) {
  const because =
    check.kind === "unreachable" || (check.kind === "refused" && faults.length === 0)
      ? [check.because]
      : [];
  const atFields = faults.length - aside.length;
  return (
    <output className="grid min-h-6 gap-1" data-check={check.kind}>
      {isBegun ? null : <span className="text-mute">{said.begin}</span>}
      {check.kind === "asking" ? <span className="text-mute">{tags.checking}</span> : null}
      {check.kind === "fine" ? <NothingWrong /> : null}
      {atFields > 0 ? <span className="text-bad">{said.atFields(atFields)}</span> : null}
      {aside.map(({ field, message }) => (
        <span key={`${field ?? ""} ${message}`} className="text-bad wrap-anywhere">
          {field === null ? null : <span className="figures text-xs font-medium">{field} </span>}
          <HubText text={message} />
        </span>
      ))}
      {because.map((message) => (
        <span key={message} className="text-bad wrap-anywhere">
          <HubText text={message} />
        </span>
      ))}
    </output>
  );
}
