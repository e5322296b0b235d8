"use client";
import { useEffect, useState } from "react";
import { diagnosticsTexts as words } from "../lib/diagnostics-texts.ts";
import { allowRequest, parseAllowing, type Allowing } from "../lib/finding-allow.ts";
import { findingUrl, type Finding } from "../lib/findings.ts";
import { askHub, sentenceOf } from "../lib/hub-request.ts";
import { texts } from "../lib/texts.ts";
import { sendToHub } from "./browser-world.ts";
import { HubText } from "./hub-text.tsx";
import { Icon } from "./icons.tsx";
import { PlanSentences } from "./review-meaning.tsx";
import { Applied } from "./review-state.tsx";
import { Problem, Sheet } from "./sheet.tsx";
import { useChange } from "./use-change.ts";

type State =
  | { readonly kind: "asking" }
  | { readonly kind: "failed"; readonly because: string }
  | { readonly kind: "ready"; readonly allowing: Allowing };

interface AllowSheetProps {
  readonly finding: Finding;
  readonly onApplied: () => void;
  readonly onClose: () => void;
}

/** Exactly which line of the configuration would let in what was refused, and what else that means; then, applying it. */
export function AllowSheet({ finding, onApplied, onClose }: AllowSheetProps) {
  const [state, setState] = useState<State>({ kind: "asking" });
  const [isDone, setIsDone] = useState(false);
  const change = useChange();
  const url = findingUrl(finding, "allow");
  useEffect(() => {
    let isWanted = true;
    void asked(url).then((answer) => (isWanted ? setState(answer) : undefined));
    return () => {
      isWanted = false;
    };
  }, [url]);
  const apply = async (allowing: Allowing): Promise<void> => {
    const request = allowRequest(finding, allowing);
    if ((await change.run(request.method, request.url, request.body)) === null) return;
    setIsDone(true);
    onApplied();
  };
  const key = state.kind === "ready" ? state.allowing.key : finding.code;
  return (
    <Sheet title={words.allowTitle(key)} isWide onClose={onClose}>
      {isDone ? <Applied sentence={words.allowDone} onClose={onClose} /> : null}
      {isDone ? null : <Proposed state={state} />}
      <Problem change={change} />
      {state.kind === "ready" && !isDone ? (
        <div className="sheet-foot mt-3 flex flex-wrap justify-end gap-2">
          <button type="button" className="push-button" onClick={onClose}>
            {texts.clients.cancel}
          </button>
          <button
            type="button"
            className="main-button"
            aria-disabled={change.isBusy}
            onClick={() => void apply(state.allowing)}
          >
            {words.allowApply}
          </button>
        </div>
      ) : null}
    </Sheet>
  );
}

async function asked(url: string): Promise<State> {
  const answer = await askHub(sendToHub, "GET", url);
  if (answer.kind !== "done") return { kind: "failed", because: sentenceOf(answer) };
  const allowing = parseAllowing(answer.value);
  return allowing === null
    ? { kind: "failed", because: texts.notUnderstood }
    : { kind: "ready", allowing };
}

function Proposed({ state }: { readonly state: State }) {
  if (state.kind === "asking") return <output className="text-mute">{words.asking}</output>;
  if (state.kind === "failed")
    return (
      <p role="alert" className="notice notice-bad">
        <Icon name="cross" className="mt-0.5 size-4 shrink-0 text-bad" />
        <HubText text={state.because} isSentence />
      </p>
    );
  const { before, after, isAtOnce, lines, text, plan } = state.allowing;
  return (
    <div className="grid gap-3" data-allowing="">
      <p>{isAtOnce ? words.allowHelp.rule : words.allowHelp.topics}</p>
      <p className="figures font-semibold">{words.allowFrom(before, after)}</p>
      {lines.length === 0 ? null : <Lines lines={lines} />}
      <p>{isAtOnce ? words.allowAtOnce : words.allowLater}</p>
      {text === null ? <p>{words.allowNoFile}</p> : null}
      {plan === null ? null : (
        <PlanSentences plan={{ ...plan, sections: plan.sections.filter(isElsewhere) }} />
      )}
    </div>
  );
}

/** That of the change itself is told before. */
function isElsewhere(section: string): boolean {
  return section !== "namespace";
}

/** What is gone is red with a minus, what is new is green with a plus, and so in words for a reader. */
function Lines({ lines }: Pick<Allowing, "lines">) {
  return (
    <pre
      aria-label={words.allowLines}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, and keys must reach it
      tabIndex={0}
      className="figures max-h-[300px] overflow-auto rounded-md bg-panel2 px-3 py-2 text-xs"
    >
      {lines.map(({ kind, number, text }) => {
        const isGone = kind === "gone";
        return (
          <div key={`${kind} ${number}`} data-line={kind} className="flex gap-3">
            <span className="w-8 shrink-0 text-right text-mute">{number}</span>
            <span className={isGone ? "text-bad" : "text-good"}>
              {isGone ? "−" : "+"} {text}
            </span>
          </div>
        );
      })}
    </pre>
  );
}
