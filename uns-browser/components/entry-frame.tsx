"use client";
import type { ReactNode } from "react";
import type { EntryState } from "../lib/entry.ts";
import { texts } from "../lib/texts.ts";
import { Icon } from "./icons.tsx";
import { LanguageSwitch } from "./language-switch.tsx";
import { Spoken } from "./spoken.tsx";
import { ThemeButton } from "./theme-button.tsx";
import { Brand } from "./top-bar.tsx";

/** What stands around a way in: the name of the program above, a card in the middle. */
export function EntryFrame({
  title,
  state,
  children,
}: {
  readonly title: string;
  readonly state: EntryState;
  readonly children?: ReactNode;
}) {
  return (
    <Spoken>
      <div className="flex h-dvh flex-col overflow-y-auto">
        <header className="flex min-h-11 shrink-0 items-center justify-between border-b border-line bg-panel px-3">
          <Brand hub={undefined} />
          <div className="flex items-center gap-1">
            <LanguageSwitch />
            <ThemeButton />
          </div>
        </header>
        <main className="flex flex-1 flex-col items-center px-4 py-8 sm:pt-[7vh]">
          <div className="w-full max-w-[400px] rounded-lg border border-line bg-panel p-6 shadow-sm">
            {state.kind === "absent" ? (
              <Absent tries={state.tries} />
            ) : (
              <>
                <h2 className="text-lg font-semibold">{title}</h2>
                {state.kind === "asking" ? (
                  <div className="skeleton-late mt-4 h-40 rounded-md bg-panel2" />
                ) : (
                  children
                )}
              </>
            )}
          </div>
        </main>
      </div>
    </Spoken>
  );
}

function Absent({ tries }: { readonly tries: number }) {
  return (
    <>
      <Icon name="unlink" className="mb-3 size-7 text-mute" />
      <h2 className="text-lg font-semibold">
        <output>{texts.entry.absent}</output>
      </h2>
      <p className="mt-1.5 text-mute">{texts.entry.absentHelp}</p>
      <p className="mt-3 text-mute" aria-hidden="true">
        {texts.entry.tries(tries)}
      </p>
    </>
  );
}
