"use client";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { isBits, registerRows } from "../lib/registers.ts";
import type { Read } from "./ask-registers.ts";

const { registers: said } = words;
const COLUMNS = ["at", "hex", "unsigned", "signed", "bits", "text", "long", "float"] as const;

/** Registers one below the other, each in every way that fits; a press shows all the longer ways as the hub reads them. */
export function RegisterGrid({
  read,
  onWays,
}: {
  readonly read: Read;
  readonly onWays: (at: string) => void;
}) {
  const { asked } = read;
  const label = said.label(`${asked.table}:${asked.start}`);
  return (
    <section
      className="max-h-[420px] overflow-auto rounded-md border border-line"
      aria-label={label}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, and keys must reach it
      tabIndex={0}
    >
      {isBits(asked.table) ? (
        <Bits read={read} label={label} />
      ) : (
        <Words {...{ read, label, onWays }} />
      )}
    </section>
  );
}

function Bits({ read, label }: { readonly read: Read; readonly label: string }) {
  const { asked, found } = read;
  return (
    <table className="plain-table register-table">
      <caption className="sr-only">{label}</caption>
      <thead>
        <tr>
          <th scope="col">{said.columns.at}</th>
          <th scope="col">{said.columns.bit}</th>
        </tr>
      </thead>
      <tbody>
        {found.words.map((bit, at) => (
          <tr key={asked.start + at} data-register={`${asked.table}:${asked.start + at}`}>
            <th scope="row">{`${asked.table}:${asked.start + at}`}</th>
            <td>{bit}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface WordsProps {
  readonly read: Read;
  readonly label: string;
  readonly onWays: (at: string) => void;
}

function Words({ read, label, onWays }: WordsProps) {
  const { asked, found } = read;
  return (
    <table className="plain-table register-table">
      <caption className="sr-only">{label}</caption>
      <thead>
        <tr>
          {COLUMNS.map((key) => (
            <th key={key} scope="col" className="font-sans">
              {said.columns[key]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {registerRows(asked.start, found.words).map((row) => {
          const at = `${asked.table}:${row.address}`;
          return (
            <tr key={at} data-register={at}>
              <th scope="row">
                <button
                  type="button"
                  className="min-h-6 text-accent underline"
                  aria-label={said.ways(at)}
                  onClick={() => onWays(at)}
                >
                  {at}
                </button>
              </th>
              <td>{row.hex}</td>
              <td>{row.unsigned}</td>
              <td>{row.signed}</td>
              <td>{row.bits}</td>
              <td className="whitespace-pre!">{row.text}</td>
              <td>{row.long}</td>
              <td>{row.float === null ? null : String(row.float)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
