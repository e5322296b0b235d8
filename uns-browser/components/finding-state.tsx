"use client";
import { useId, useState } from "react";
import { actorName } from "../lib/commands.ts";
import { diagnosticsTexts as words } from "../lib/diagnostics-texts.ts";
import type { Finding } from "../lib/findings.ts";
import { formatTime } from "../lib/format.ts";
import { visibleText } from "../lib/visible.ts";
import { HubText } from "./hub-text.tsx";
import { Icon } from "./icons.tsx";
import type { FindingActs } from "./use-finding-acts.ts";

const SPANS = [60, 480, 1440, 10_080] as const;

export interface FindingStateProps {
  readonly finding: Finding;
  readonly acts: FindingActs;
  readonly mayAnswer: boolean;
}

/** What became of a finding, whom one has to thank for it, and what can be said of it. */
export function FindingState({ finding, acts, mayAnswer }: FindingStateProps) {
  return (
    <section className="grid gap-2 rounded-md bg-panel2 px-3 py-2" data-state={finding.state}>
      <StateSentences finding={finding} />
      {mayAnswer ? (
        <>
          <Acknowledging finding={finding} acts={acts} />
          <Muting finding={finding} acts={acts} />
        </>
      ) : (
        <p className="text-mute">{words.notAllowed}</p>
      )}
    </section>
  );
}

function StateSentences({ finding }: { readonly finding: Finding }) {
  const { state, acknowledged, resolved, muted, ends } = finding;
  return (
    <div className="grid gap-0.5">
      {state === "open" ? <p className="font-medium">{words.open}</p> : null}
      {acknowledged === null ? null : (
        <p className="flex flex-wrap items-center gap-x-1.5 font-medium">
          <Icon name="check" className="size-3.5" />
          {words.acknowledgedBy(nameOf(acknowledged.by), formatTime(acknowledged.at))}
          {acknowledged.note === null ? null : (
            <span className="font-normal wrap-anywhere">{visibleText(acknowledged.note).text}</span>
          )}
        </p>
      )}
      {resolved === null ? null : (
        <p className="flex flex-wrap items-center gap-x-1.5 font-medium">
          <Icon name="check" className="size-3.5 text-good" />
          {words.overSince(formatTime(resolved.at))}
          <span className="font-normal">
            <HubText text={resolved.because} isSentence />
          </span>
        </p>
      )}
      {muted === null ? null : (
        <p className="flex items-center gap-1.5 font-medium">
          <Icon name="pause" className="size-3.5" />
          {words.mutedUntil(nameOf(muted.by), formatTime(muted.until))}
        </p>
      )}
      {resolved === null ? (
        <p className="text-mute">
          {ends === null ? (
            words.endsNever
          ) : (
            <>
              {words.endsWhen} <HubText text={ends} />
            </>
          )}
        </p>
      ) : null}
    </div>
  );
}

/** What is typed of a finding outlives its row, by its key: another one may be looked at meanwhile. */
const NOTES = new Map<string, string>();

type Acting = Omit<FindingStateProps, "mayAnswer">;

function Acknowledging({ finding, acts }: Acting) {
  const id = useId();
  const [note, setNote] = useState(() => NOTES.get(finding.key) ?? "");
  const type = (text: string): void => {
    setNote(text);
    if (text === "") NOTES.delete(finding.key);
    else NOTES.set(finding.key, text);
  };
  if (finding.state === "resolved") return null;
  if (finding.state === "acknowledged")
    return (
      <button
        type="button"
        className="push-button justify-self-start"
        aria-disabled={acts.isBusy}
        onClick={() => acts.openAgain(finding)}
      >
        {words.openAgain}
      </button>
    );
  return (
    <form
      className="flex flex-wrap items-end gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        NOTES.delete(finding.key);
        acts.acknowledge(finding, note);
      }}
    >
      <div className="grid min-w-0 flex-1 basis-60 gap-0.5">
        <label htmlFor={id} className="text-xs text-mute">
          {words.note}
        </label>
        <input
          id={id}
          className="text-field py-[3px]! bg-panel!"
          maxLength={500}
          placeholder={words.notePlace}
          value={note}
          onChange={({ target }) => type(target.value)}
        />
      </div>
      <button type="submit" className="push-button" aria-disabled={acts.isBusy}>
        {words.acknowledge}
      </button>
    </form>
  );
}

function Muting({ finding, acts }: Acting) {
  if (finding.muted !== null)
    return (
      <button
        type="button"
        className="push-button justify-self-start"
        aria-disabled={acts.isBusy}
        onClick={() => acts.lift(finding)}
      >
        {words.lift}
      </button>
    );
  return (
    <div className="flex flex-wrap items-center gap-2">
      <span className="text-mute">{words.muteFor}</span>
      <fieldset className="button-row" aria-label={words.muteFor}>
        {SPANS.map((minutes) => (
          <button
            key={minutes}
            type="button"
            aria-disabled={acts.isBusy}
            onClick={() => acts.mute(finding, minutes)}
          >
            {words.muteSpans[minutes]}
          </button>
        ))}
      </fieldset>
    </div>
  );
}

/** `user:olga` is Olga to everybody. */
function nameOf(by: string): string {
  return visibleText(actorName(by)).text;
}
