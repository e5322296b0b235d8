"use client";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import type { RegisterReading } from "../lib/registers.ts";
import { texts } from "../lib/texts.ts";
import { HubText } from "./hub-text.tsx";

const { registers: said } = words;

interface ReadingTableProps {
  readonly label: string;
  readonly readings: readonly RegisterReading[];
  /** What the display shows; `null`: nobody asked for it. */
  readonly seen: number | null;
  /** What a press does; left out: it makes a tag. */
  readonly act?: { readonly label: string; readonly of: (at: string, type: string) => string };
  readonly onTag: (reading: RegisterReading) => void;
}

const AS_TAG = { label: said.asTag, of: said.asTagOf };

/** Ways to read registers, each a press away from being a tag. */
export function ReadingTable({ label, readings, seen, act = AS_TAG, onTag }: ReadingTableProps) {
  return (
    <section
      className="max-h-[360px] overflow-auto rounded-md border border-line"
      aria-label={label}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, and keys must reach it
      tabIndex={0}
    >
      <table className="plain-table register-table">
        <caption className="sr-only">{label}</caption>
        <thead>
          <tr>
            <th scope="col">{said.columns.at}</th>
            <th scope="col">{said.type}</th>
            <th scope="col">{said.order}</th>
            <th scope="col">{said.raw}</th>
            {seen === null ? null : (
              <>
                <th scope="col">{said.scale}</th>
                <th scope="col">{said.gives}</th>
              </>
            )}
            <th scope="col">
              <span className="sr-only">{act.label}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {readings.map((reading) => (
            <ReadingRow
              key={`${reading.at} ${reading.type} ${reading.byteOrder} ${reading.scale ?? ""}`}
              {...{ reading, seen, act, onTag }}
            />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function ReadingRow({
  reading,
  seen,
  act = AS_TAG,
  onTag,
}: Omit<ReadingTableProps, "readings" | "label"> & { readonly reading: RegisterReading }) {
  const { at, type, byteOrder, value, reason, scale } = reading;
  return (
    <tr data-reading={`${at} ${type} ${byteOrder}`}>
      <th scope="row">{at}</th>
      <td>{type}</td>
      <td>{byteOrder}</td>
      <td className={value === null ? "text-mute" : ""}>
        {value ?? (reason === null ? texts.noValue : <HubText text={reason} />)}
      </td>
      {seen === null ? null : (
        <>
          <td>{scale === null ? "" : `×${scale}`}</td>
          <td>{givenText(value, scale)}</td>
        </>
      )}
      <td>
        {value === null ? null : (
          <button
            type="button"
            className="push-button font-sans"
            aria-label={act.of(at, `${type} ${byteOrder}`.trim())}
            onClick={() => onTag(reading)}
          >
            {act.label}
          </button>
        )}
      </td>
    </tr>
  );
}

/** As the display would show it; what a scale of 0.1 adds behind the digits is noise. */
function givenText(value: string | null, scale: number | null): string {
  const number = Number(value) * (scale ?? 1);
  return value === null || Number.isNaN(number) ? "" : String(Number(number.toPrecision(9)));
}
