"use client";
import { useId, type ReactNode } from "react";

/** What the thing to fill in has of its label and its help. */
export interface LabelledProps {
  readonly id: string;
  readonly "aria-describedby": string | undefined;
}

/** Something to fill in, with its name above and, if there is any, help below. */
export function Labelled({
  label,
  help,
  children,
}: {
  readonly label: string;
  readonly help?: string | undefined;
  readonly children: (field: LabelledProps) => ReactNode;
}) {
  const id = useId();
  const helpId = `${id}-help`;
  return (
    <div className="grid gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {children({ id, "aria-describedby": help === undefined ? undefined : helpId })}
      {help === undefined ? null : (
        <p id={helpId} className="text-xs text-mute">
          {help}
        </p>
      )}
    </div>
  );
}

interface ChoiceFieldProps {
  readonly name: string;
  readonly label: string;
  readonly defaultValue?: string;
  readonly onChoose?: (said: string) => void;
  /** The options. */
  readonly children: ReactNode;
}

/** One of a few, in a form. */
export function ChoiceField({ name, label, defaultValue, onChoose, children }: ChoiceFieldProps) {
  return (
    <Labelled label={label}>
      {(field) => (
        <select
          {...field}
          name={name}
          className="text-field"
          defaultValue={defaultValue}
          onChange={({ currentTarget }) => onChoose?.(currentTarget.value)}
        >
          {children}
        </select>
      )}
    </Labelled>
  );
}
