"use client";
import { useRef, useState } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { formatCount } from "../lib/format.ts";
import { displayedNumber, type RegisterQuestion, type RegisterReading } from "../lib/registers.ts";
import type { AskRegisters } from "./ask-registers.ts";
import { ReadingTable } from "./reading-table.tsx";
import { SmallField } from "./small-field.tsx";

const { registers: said } = words;

interface Found {
  readonly seen: number;
  readonly readings: readonly RegisterReading[];
}

/** Where a number that a display shows is kept, and how: the hub tries every type, order and scale. */
export function Detective({
  asked,
  ask,
  onTag,
}: {
  readonly asked: RegisterQuestion;
  readonly ask: AskRegisters;
  readonly onTag: (reading: RegisterReading) => void;
}) {
  const [shown, setShown] = useState("");
  const [tolerance, setTolerance] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [found, setFound] = useState<Found | null>(null);
  const searches = useRef(0); // tells an answer that it is late
  const find = async (): Promise<void> => {
    const seen = displayedNumber(shown);
    const allowed = tolerance.trim() === "" ? undefined : displayedNumber(tolerance);
    if (seen === null || allowed === null) return setProblem(said.notNumber);
    const mine = (searches.current += 1);
    const answer = await ask(`${asked.table}:${asked.start}`, asked.count, {
      seen,
      ...(allowed !== undefined && { tolerance: Math.abs(allowed) }),
    });
    if (mine !== searches.current) return;
    setProblem(typeof answer === "string" ? answer : null);
    setFound(typeof answer === "string" ? null : { seen, readings: answer.readings });
  };
  return (
    <section className="grid gap-2" data-detective="">
      <h3 className="font-semibold">{said.detective}</h3>
      <p className="max-w-[720px] text-mute">{said.detectiveHelp}</p>
      <form
        className="flex flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          void find();
        }}
      >
        <SmallField label={said.seen} value={shown} onChange={setShown} />
        <SmallField label={said.tolerance} value={tolerance} onChange={setTolerance} />
        <button type="submit" className="main-button">
          {said.find}
        </button>
      </form>
      <div role="alert" className="empty:hidden">
        {problem === null ? null : <p className="notice notice-bad">{problem}</p>}
      </div>
      {found === null ? null : <FoundReadings {...found} onTag={onTag} />}
    </section>
  );
}

function FoundReadings({
  seen,
  readings,
  onTag,
}: Found & { readonly onTag: (reading: RegisterReading) => void }) {
  return (
    <>
      <output>
        {readings.length === 0 ? said.notFound : said.found(formatCount(readings.length))}
      </output>
      {readings.length === 0 ? null : (
        <ReadingTable label={said.detective} {...{ readings, seen, onTag }} />
      )}
    </>
  );
}
