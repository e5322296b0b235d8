import type { ReactNode } from "react";
import { withText, withTold } from "../lib/typed.ts";
import type { GoTo } from "./use-page-address.ts";
import { useTyped } from "./use-typed.ts";

/** Where one writes what a list shall contain; `value` may come a moment later than it was typed, out of the address. */
export function FilterField({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
}) {
  const [{ text }, setTyped] = useTyped(value);
  return (
    <input
      type="search"
      className="text-field w-64 py-[4px]! bg-panel!"
      aria-label={label}
      placeholder={label}
      value={text}
      onChange={({ target }) => {
        setTyped((now) => withTold(withText(now, target.value)));
        onChange(target.value);
      }}
    />
  );
}

/** What a list shall contain, and whether only what is in trouble is wanted; both stand in the address. */
export function TroubleFilter({
  label,
  trouble,
  text,
  onlyTrouble,
  go,
}: {
  readonly label: string;
  /** What stands on the button. */
  readonly trouble: string;
  readonly text: string;
  readonly onlyTrouble: boolean;
  readonly go: GoTo<{ readonly filter: string; readonly onlyTrouble: boolean }>;
}) {
  return (
    <>
      <FilterField label={label} value={text} onChange={(filter) => go({ filter }, "replace")} />
      <div className="button-row">
        <button
          type="button"
          aria-pressed={onlyTrouble}
          onClick={() => go({ onlyTrouble: !onlyTrouble })}
        >
          {trouble}
        </button>
      </div>
    </>
  );
}

/** One of a few, as buttons of which one is pressed. */
export function Choice<T extends string>({
  label,
  all,
  chosen,
  onChange,
  children,
}: {
  readonly label: string;
  readonly all: readonly T[];
  readonly chosen: T;
  readonly onChange: (one: T) => void;
  /** What stands on the button. */
  readonly children: (one: T) => ReactNode;
}) {
  return (
    <fieldset className="button-row" aria-label={label}>
      {all.map((one) => (
        <button key={one} type="button" aria-pressed={chosen === one} onClick={() => onChange(one)}>
          {children(one)}
        </button>
      ))}
    </fieldset>
  );
}
