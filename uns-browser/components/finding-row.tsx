"use client";
import Link from "next/link";
import { useId } from "react";
import { diagnosticsTexts as words } from "../lib/diagnostics-texts.ts";
import { isRefused } from "../lib/finding-allow.ts";
import { clientHref, pathOfTopic, type Finding } from "../lib/findings.ts";
import { formatCount, formatSpan, formatTime } from "../lib/format.ts";
import { texts } from "../lib/texts.ts";
import { FindingDetails } from "./finding-details.tsx";
import { RowButton, SeverityAndTime, when } from "./finding-line.tsx";
import type { RowWorld } from "./finding-world.ts";
import { HubText } from "./hub-text.tsx";
import { Icon } from "./icons.tsx";

const { diag: said } = texts;

/** One cause and one subject in a line, with what can be done at once; open, everything about it. */
export function FindingRow({
  finding,
  world,
}: {
  readonly finding: Finding;
  readonly world: RowWorld;
}) {
  const id = useId();
  const isOpen = world.openKey === finding.key;
  const isExplained = world.explainedKey === finding.key;
  return (
    <div data-finding={finding.code} data-key={finding.key} data-finding-state={finding.state}>
      <div className="finding-line">
        <RowButton isOpen={isOpen} controls={id} onToggle={() => world.toggle(finding.key)}>
          <SeverityAndTime finding={finding} now={world.now} />
          <span className="min-w-0 truncate">
            <HubText text={finding.subject} />
          </span>
          <span className="flex min-w-0 items-baseline gap-2">
            <span className="max-w-full shrink-0 truncate font-medium first-letter:uppercase">
              <HubText text={finding.title} />
            </span>
            <span className="min-w-0 flex-1 truncate text-mute max-[899px]:hidden">
              <HubText text={finding.because} />
            </span>
            <StateMark finding={finding} />
          </span>
          <span className="figures text-xs">{howOften(finding)}</span>
          <span className="figures text-xs text-mute">
            {words.first} {when(finding.firstAt, world.now)}
          </span>
        </RowButton>
        <RowActions finding={finding} world={world} />
      </div>
      <div id={id} hidden={!isOpen}>
        {isOpen ? <FindingDetails {...{ finding, world, isExplained }} /> : null}
      </div>
    </div>
  );
}

/** In a word, where it is not simply open. */
function StateMark({ finding: { state, muted } }: { readonly finding: Finding }) {
  if (muted !== null)
    return (
      <span className="flex shrink-0 items-center gap-1 text-xs text-mute">
        <Icon name="pause" className="size-3" />
        {words.mutedShort(formatTime(muted.until).slice(5, -3))}
      </span>
    );
  if (state === "open") return null;
  const colour = state === "resolved" ? "text-good" : "text-mute";
  return (
    <span className={`flex shrink-0 items-center gap-1 text-xs ${colour}`}>
      <Icon name="check" className="size-3" />
      {words.marks[state]}
    </span>
  );
}

function RowActions({ finding, world }: { readonly finding: Finding; readonly world: RowWorld }) {
  const { acts, mayAnswer, mayEdit, explain, allow } = world;
  const isOfClient = finding.code.startsWith("CLIENT");
  const isExplainable = !isOfClient && pathOfTopic(finding.topic) !== null;
  return (
    <div className="finding-actions">
      {isRefused(finding) && mayEdit ? (
        <button type="button" className="row-button" onClick={() => allow(finding)}>
          {words.allow}
        </button>
      ) : null}
      {isOfClient ? (
        <Link className="row-button" href={clientHref(finding)} prefetch={false}>
          {words.showClient}
        </Link>
      ) : null}
      {isExplainable ? (
        <button type="button" className="row-button" onClick={() => explain(finding.key)}>
          {said.explain}
        </button>
      ) : null}
      {mayAnswer ? (
        <button
          type="button"
          className="row-button"
          aria-disabled={acts.isBusy}
          onClick={() => (finding.muted === null ? acts.mute(finding, 60) : acts.lift(finding))}
        >
          {finding.muted === null ? words.mute : words.lift}
        </button>
      ) : null}
    </div>
  );
}

function howOften({ count, firstAt, lastAt }: Finding): string {
  const times = said.times(formatCount(count));
  const span = lastAt - firstAt;
  return span < 1000 ? times : words.within(times, formatSpan(span));
}
