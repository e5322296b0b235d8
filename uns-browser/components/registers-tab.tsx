"use client";
import { useRef, useState } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import {
  isBits,
  questionIn,
  TABLES,
  type RegisterQuestion,
  type RegisterReading,
  type RegisterTable,
} from "../lib/registers.ts";
import { texts } from "../lib/texts.ts";
import type { DeviceProps } from "./device-view.tsx";
import { Detective } from "./detective.tsx";
import { askRegisters, type Read } from "./ask-registers.ts";
import { ReadingTable } from "./reading-table.tsx";
import { RegisterGrid } from "./register-grid.tsx";
import { SmallField } from "./small-field.tsx";
import { useDraftTag } from "./use-draft-tag.ts";

const { registers: said } = words;

/** Registers as they are now, in all ways to read them; and where the value of a display is kept. */
export function RegistersTab({ adapter, device, go, isOld, mayEdit }: DeviceProps) {
  const ask = askRegisters(adapter.name, device.id);
  const [read, setRead] = useState<Read | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [ways, setWays] = useState<readonly RegisterReading[]>([]);
  const asTag = useDraftTag({ adapter, device, go, onProblem: setProblem });
  const waysAsked = useRef(0); // tells an answer that it is late
  if (!mayEdit) return <p className="p-4 text-mute">{said.mayNot}</p>;
  const look = async (asked: RegisterQuestion): Promise<void> => {
    const found = await ask(`${asked.table}:${asked.start}`, asked.count);
    waysAsked.current += 1;
    setWays([]);
    setProblem(typeof found === "string" ? found : null);
    if (typeof found !== "string") setRead({ asked, found });
  };
  const lookAt = async (at: string): Promise<void> => {
    const left = read === null ? 4 : read.asked.start + read.asked.count - numberIn(at);
    const mine = (waysAsked.current += 1);
    const found = await ask(at, Math.min(4, Math.max(1, left)));
    if (mine !== waysAsked.current) return;
    setProblem(typeof found === "string" ? found : null);
    if (typeof found !== "string") setWays(found.readings);
  };
  return (
    <div className="grid gap-4 p-4">
      <p className="max-w-[720px] text-mute">{said.intro}</p>
      <RegisterForm isOld={isOld} onRead={look} onProblem={setProblem} />
      <div role="alert" className="empty:hidden">
        {problem === null ? null : <p className="notice notice-bad">{problem}</p>}
      </div>
      {read === null ? null : (
        <>
          <RegisterGrid read={read} onWays={(at) => void lookAt(at)} />
          {ways.length === 0 ? null : (
            <section className="grid gap-2" data-ways={ways[0]?.at}>
              <h3 className="font-semibold">{said.ways(ways[0]?.at ?? "")}</h3>
              <ReadingTable label={said.waysOf} readings={ways} seen={null} onTag={asTag} />
            </section>
          )}
          {isBits(read.asked.table) ? null : (
            <Detective key={keyOf(read.asked)} asked={read.asked} ask={ask} onTag={asTag} />
          )}
        </>
      )}
    </div>
  );
}

function keyOf({ table, start, count }: RegisterQuestion): string {
  return `${table}:${start}:${count}`;
}

function numberIn(at: string): number {
  return Number(at.split(":")[1]);
}

interface RegisterFormProps {
  readonly isOld: boolean;
  readonly onRead: (asked: RegisterQuestion) => Promise<void>;
  readonly onProblem: (problem: string) => void;
}

function RegisterForm({ isOld, onRead, onProblem }: RegisterFormProps) {
  const [table, setTable] = useState<RegisterTable>("hr");
  const [start, setStart] = useState("0");
  const [count, setCount] = useState("16");
  const [isBusy, setIsBusy] = useState(false);
  const read = async (): Promise<void> => {
    const asked = questionIn(table, start, count);
    if (asked === null) return onProblem(said.wrong);
    if (isOld) return onProblem(texts.entry.unreachable);
    if (isBusy) return;
    setIsBusy(true);
    await onRead(asked);
    setIsBusy(false);
  };
  return (
    <form
      className="flex flex-wrap items-end gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        void read();
      }}
    >
      <label className="grid gap-0.5">
        <span className="text-xs font-medium">{said.table}</span>
        <select
          className="text-field"
          value={table}
          onChange={({ target }) => setTable(TABLES.find((one) => one === target.value) ?? "hr")}
        >
          {TABLES.map((one) => (
            <option key={one} value={one}>
              {said.tables[one]}
            </option>
          ))}
        </select>
      </label>
      <SmallField label={said.start} value={start} onChange={setStart} />
      <SmallField label={said.count} value={count} onChange={setCount} />
      <button type="submit" className="main-button" aria-disabled={isBusy}>
        {isBusy ? said.reading : said.read}
      </button>
    </form>
  );
}
