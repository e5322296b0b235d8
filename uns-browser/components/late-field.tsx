"use client";
import { FilterField } from "./list-filter.tsx";
import { useTypedLate } from "./use-typed.ts";

/** As `FilterField`, for what the hub is asked: once nobody has typed for a moment. */
export function LateField({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  /** Stands still. */
  readonly onChange: (text: string) => void;
}) {
  const [text, type] = useTypedLate(value, onChange);
  return <FilterField label={label} value={text} onChange={type} />;
}
