"use client";
import { useId } from "react";

interface SheetFieldProps {
  readonly label: string;
  readonly help?: string;
  readonly value: string;
  readonly onText: (text: string) => void;
}

/** A text to fill in on a sheet, with its name above and help below. */
export function SheetField({ label, help, value, onText }: SheetFieldProps) {
  const id = useId();
  return (
    <div className="grid gap-0.5">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      <input
        id={id}
        className="text-field figures text-xs"
        aria-describedby={help === undefined ? undefined : `${id}help`}
        autoComplete="off"
        spellCheck={false}
        value={value}
        onChange={({ target }) => onText(target.value)}
      />
      {help === undefined ? null : (
        <p id={`${id}help`} className="text-xs text-mute">
          {help}
        </p>
      )}
    </div>
  );
}
