"use client";
import { useEffect, useRef, useState } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { ofTypeFirst, type RegisterReading, type Registers } from "../lib/registers.ts";
import { askRegisters, type AskRegisters } from "./ask-registers.ts";
import { ReadingTable } from "./reading-table.tsx";

const { decode: said } = words;
/** As many as the longest number takes; fewer where the device has no more. */
const COUNTS = [4, 2, 1];

interface DecodeHelperProps {
  readonly adapter: string;
  readonly device: string;
  /** Where the tag is, as it is typed. */
  readonly at: string;
  /** Of the tag: what it gives in each byte order is told first. */
  readonly type: string;
  /** It is read at once, and brought into sight. */
  readonly isAsked: boolean;
  readonly onTake: (reading: RegisterReading) => void;
}

/** The registers of a tag as they are now, in every type and byte order at once: the right one is seen. */
export function DecodeHelper({ adapter, device, at, type, isAsked, onTake }: DecodeHelperProps) {
  const section = useRef<HTMLElement>(null);
  /** `of`: from where it was read; of another place it says nothing. */
  const [last, setLast] = useState<{
    readonly of: string;
    readonly found: Registers | string;
  } | null>(null);
  const found = last?.of === at ? last.found : null;
  const [isBusy, setIsBusy] = useState(false);
  const read = async (): Promise<void> => {
    if (isBusy) return;
    setIsBusy(true);
    setLast({ of: at, found: await readAt(askRegisters(adapter, device), at) });
    setIsBusy(false);
  };
  const begun = useRef(false);
  useEffect(() => {
    if (!isAsked || begun.current) return;
    begun.current = true;
    void read().then(() => section.current?.scrollIntoView({ block: "nearest" }));
  });
  return (
    <section ref={section} className="grid gap-2" data-decode="">
      <p className="flex flex-wrap items-center gap-3">
        <button
          type="button"
          className="push-button"
          aria-disabled={isBusy}
          onClick={() => void read()}
        >
          {isBusy ? words.registers.reading : said.read}
        </button>
        <output className="min-w-0 wrap-anywhere">
          {found === null ? (
            <span className="text-mute">{said.help}</span>
          ) : typeof found === "string" ? (
            <span className="text-bad">{found}</span>
          ) : (
            <span className="figures text-xs">{said.raw(rawText(found.words))}</span>
          )}
        </output>
      </p>
      {found === null || typeof found === "string" ? null : (
        <ReadingTable
          label={words.registers.waysOf}
          readings={ofTypeFirst(found.readings, type)}
          seen={null}
          act={said.act}
          onTag={onTake}
        />
      )}
    </section>
  );
}

/** As much of it as there is; a text: nothing can be read. */
async function readAt(ask: AskRegisters, at: string): Promise<Registers | string> {
  let found: Registers | string = "";
  for (const count of COUNTS) {
    found = await ask(at, count);
    if (typeof found !== "string") return found;
  }
  return found;
}

/** `40 9A 3D 71` */
function rawText(registers: readonly number[]): string {
  return registers
    .map((word) =>
      word
        .toString(16)
        .toUpperCase()
        .padStart(4, "0")
        .replace(/(..)(..)/, "$1 $2"),
    )
    .join(" ");
}
