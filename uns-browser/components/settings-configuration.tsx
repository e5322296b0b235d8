"use client";
import { useState } from "react";
import { formatTime } from "../lib/format.ts";
import { asking } from "../lib/poll.ts";
import { parseGenerations, type Generation } from "../lib/settings.ts";
import { texts } from "../lib/texts.ts";
import { PolledState } from "./page-shell.tsx";
import { Empty, Line, Section } from "./section.tsx";
import { Confirm } from "./sheet.tsx";
import { useChange } from "./use-change.ts";
import { pagePoll, usePoll } from "./use-poll.ts";

const { configuration: words } = texts.settings;
const GENERATIONS = pagePoll({
  everyMs: 15_000,
  ask: asking("/api/v1/configuration", parseGenerations),
});

/** What was applied, and the way back. */
export function Configurations() {
  const polled = usePoll(GENERATIONS);
  const change = useChange();
  const [isAsking, setIsAsking] = useState(false);
  const refresh = (): void => void GENERATIONS.running.get()?.refresh();
  const all = polled.kind === "ready" ? polled.value : [];
  const rollBack = async (): Promise<void> => {
    if ((await change.run("POST", "/api/v1/configuration/rollback")) === null) return;
    refresh();
    setIsAsking(false);
  };
  return (
    <Section
      title={words.title}
      intro={words.intro}
      action={
        all.length < 2 ? null : (
          <button type="button" className="push-button" onClick={() => setIsAsking(true)}>
            {words.back}
          </button>
        )
      }
    >
      <PolledState polled={polled} onRetry={refresh} />
      {polled.kind === "ready" && all.length === 0 ? <Empty>{words.none}</Empty> : null}
      <ul>
        {all.map((generation) => (
          <GenerationLine key={generation.number} generation={generation} />
        ))}
      </ul>
      {isAsking ? (
        <Confirm
          title={words.backTitle}
          help={words.backHelp}
          label={words.back}
          change={change}
          onYes={() => void rollBack()}
          onClose={() => setIsAsking(false)}
        />
      ) : null}
    </Section>
  );
}

function GenerationLine({ generation }: { readonly generation: Generation }) {
  const { number, at, by, isRunning } = generation;
  return (
    <Line
      facts={formatTime(at)}
      buttons={
        <a
          className="push-button"
          href={`/api/v1/configuration/text?generation=${number}`}
          target="_blank"
          rel="noreferrer"
        >
          {words.show}
        </a>
      }
    >
      {words.entry(number, by)}
      {isRunning ? <span className="text-xs font-normal text-good">{words.running}</span> : null}
    </Line>
  );
}
