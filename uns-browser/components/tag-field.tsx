"use client";
import { useId } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { KEPT_SECRET } from "../lib/schema-form.ts";
import type { TagKey } from "../lib/tags.ts";
import { HubText } from "./hub-text.tsx";

const { editor } = words;

interface TagFieldProps {
  readonly tagKey: TagKey;
  /** Left out: its name. */
  readonly label?: string;
  readonly value: string;
  /** What the hub has against it. */
  readonly fault: string | null;
  readonly isLocked: boolean;
  /** A password: it is not shown, and stays when it is not touched. */
  readonly isSecret?: boolean;
  readonly onChange: (text: string) => void;
}

/** One key of a tag by the name that it has in the file, with what the hub has to say to it. */
export function TagField(props: TagFieldProps) {
  const { tagKey, fault, isLocked } = props;
  const { name, kind, isRequired, about } = tagKey;
  const label = props.label ?? name;
  const id = useId();
  const help = kind === "other" ? editor.inFileOnly : about;
  const described = [
    ...(help === null ? [] : [`${id}help`]),
    ...(fault === null ? [] : [`${id}fault`]),
  ];
  return (
    <div className="grid gap-0.5" data-field={name}>
      <label htmlFor={id} className="flex items-baseline gap-1.5">
        <span className="figures text-xs font-medium">{label}</span>
        {isRequired && !isLocked ? (
          <span className="text-xs text-mute">{editor.required}</span>
        ) : null}
      </label>
      <Input
        {...props}
        id={id}
        describedBy={described.length === 0 ? undefined : described.join(" ")}
      />
      {help === null ? null : (
        <p id={`${id}help`} className="text-xs text-mute">
          <HubText text={help} />
        </p>
      )}
      {fault === null ? null : (
        <p id={`${id}fault`} className="text-xs text-bad wrap-anywhere">
          <HubText text={fault} />
        </p>
      )}
    </div>
  );
}

type InputProps = TagFieldProps & {
  readonly id: string;
  readonly describedBy: string | undefined;
};

function Input(props: InputProps) {
  const { tagKey, value, fault, isLocked, isSecret = false, onChange, id, describedBy } = props;
  const { kind, name } = tagKey;
  const shared = {
    id,
    name,
    "aria-describedby": describedBy,
    "aria-invalid": fault !== null,
    className: `text-field figures text-xs ${fault === null ? "" : "border-bad!"}`,
  } as const;
  if (kind === "choice" || kind === "boolean")
    return (
      <select
        {...shared}
        disabled={isLocked}
        value={value}
        onChange={({ target }) => onChange(target.value)}
      >
        <option value="">{editor.none}</option>
        {choicesOf(tagKey, value).map(([choice, label]) => (
          <option key={choice} value={choice}>
            {label}
          </option>
        ))}
      </select>
    );
  return (
    <input
      {...shared}
      // Where a secret is kept may be read by whoever passes by, the secret itself not.
      type={name.endsWith("password") && !value.startsWith("${") ? "password" : "text"}
      readOnly={isLocked}
      {...(isSecret ? secretInput(value) : { value, autoComplete: "off" })}
      placeholder={
        kind === "range"
          ? editor.range
          : isSecret && value === KEPT_SECRET
            ? editor.kept
            : undefined
      }
      inputMode={kind === "number" ? "decimal" : undefined}
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      onChange={({ target }) => onChange(target.value)}
    />
  );
}

/** A reference to a secret is none, and can be read while it is written. */
function secretInput(value: string): {
  readonly type: "text" | "password";
  readonly value: string;
  readonly autoComplete: string;
} {
  if (value === KEPT_SECRET) return { type: "password", value: "", autoComplete: "new-password" };
  return {
    type: value.startsWith("${") ? "text" : "password",
    value,
    autoComplete: "new-password",
  };
}

/** What stands there now can be kept, even where it is none of them. */
function choicesOf(
  { kind, choices }: TagKey,
  value: string,
): readonly (readonly [choice: string, label: string])[] {
  const known =
    kind === "boolean"
      ? ([
          ["true", editor.yes],
          ["false", editor.no],
        ] as const)
      : choices.map((choice) => [choice, choice] as const);
  const isKnown = value === "" || known.some(([choice]) => choice === value);
  return isKnown ? known : [...known, [value, value]];
}
