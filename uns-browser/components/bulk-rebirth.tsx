"use client";
import { useEffect, useRef, useState, type RefObject } from "react";
import { inOurLanguage } from "../lib/hub-words.ts";
import type { Node } from "../lib/nodes.ts";
import { nodesTexts } from "../lib/nodes-texts.ts";
import {
  askAllForBirths,
  MOST_REBIRTHS,
  type RebirthOutcome,
  type RebirthResults,
} from "../lib/rebirths.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { sendToHub } from "./browser-world.ts";
import { Sheet } from "./sheet.tsx";

const { bulk: words } = nodesTexts;

/** Asks several edge nodes for their births: what it means, then the list of all of them, then what came of each. */
export function BulkRebirth({ nodes }: { readonly nodes: readonly Node[] }) {
  const [isOpen, setIsOpen] = useState(false);
  const online = nodes.filter(({ state }) => state === "online").length;
  return (
    <>
      <button
        type="button"
        className="push-button"
        aria-disabled={online === 0}
        onClick={() => (online === 0 ? undefined : setIsOpen(true))}
      >
        {words.open(Math.min(online, MOST_REBIRTHS))}
      </button>
      {isOpen ? <BulkSheet nodes={nodes} onClose={() => setIsOpen(false)} /> : null}
    </>
  );
}

type Step = "meaning" | "list" | "running" | "done";

interface BulkSheetProps {
  readonly nodes: readonly Node[];
  readonly onClose: () => void;
}

function BulkSheet({ nodes, onClose }: BulkSheetProps) {
  /** As they were when it was asked: the list does not change below the finger. */
  const [online] = useState(() => nodes.filter(({ state }) => state === "online"));
  const names = online.slice(0, MOST_REBIRTHS).map(({ name }) => name);
  const [step, setStep] = useState<Step>("meaning");
  const [results, setResults] = useState<RebirthResults>(new Map());
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);
  const away = useKeptFocus();
  const run = async (): Promise<void> => {
    stop.current = new AbortController();
    setStep("running");
    await askAllForBirths(sendToHub, names, { stop: stop.current.signal, told: setResults });
    setStep("done");
  };
  return (
    <Sheet
      title={step === "meaning" ? words.title(names.length) : words.confirmTitle(names.length)}
      onClose={onClose}
    >
      {step === "meaning" ? (
        <Meaning names={names.length} others={nodes.length - online.length} all={online.length} />
      ) : (
        <Names names={names} results={results} />
      )}
      <output className="mt-3 block empty:hidden">{stateText(step, results, names.length)}</output>
      <div className="mt-4 flex flex-wrap justify-end gap-2">
        {/* oxlint-disable-next-line jsx-a11y/no-autofocus -- the focus must not be on what goes to everybody */}
        <button ref={away} type="button" className="push-button" autoFocus onClick={onClose}>
          {step === "done" ? texts.write.close : texts.clients.cancel}
        </button>
        {step === "meaning" ? (
          <button type="button" className="push-button" onClick={() => setStep("list")}>
            {words.next}
          </button>
        ) : null}
        {step === "list" ? (
          <button type="button" className="push-button text-bad" onClick={() => void run()}>
            {words.confirm(names.length)}
          </button>
        ) : null}
        {step === "running" ? (
          <button type="button" className="push-button" onClick={() => stop.current.abort()}>
            {words.stop}
          </button>
        ) : null}
      </div>
    </Sheet>
  );
}

/** For the button that stands at every step: the one that was pressed goes with its step, and the focus with it. */
function useKeptFocus(): RefObject<HTMLButtonElement | null> {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (document.activeElement === document.body) button.current?.focus();
  });
  return button;
}

interface MeaningProps {
  readonly names: number;
  readonly all: number;
  readonly others: number;
}

function Meaning({ names, all, others }: MeaningProps) {
  return (
    <div className="grid gap-2">
      <p>{words.meaning}</p>
      {others === 0 ? null : <p className="text-mute">{words.onlyOnline(others)}</p>}
      {all > names ? <p className="text-stale">{words.tooMany(names)}</p> : null}
    </div>
  );
}

interface NamesProps {
  readonly names: readonly string[];
  readonly results: RebirthResults;
}

function Names({ names, results }: NamesProps) {
  return (
    <ul
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keys [WCAG 2.1.1]
      tabIndex={0}
      aria-label={words.confirmTitle(names.length)}
      className="max-h-72 overflow-y-auto rounded-md border border-line"
    >
      {names.map((name) => (
        <li key={name} className="flex gap-3 px-2 py-1 text-xs" data-rebirth={name}>
          <span className="figures min-w-0 flex-1 wrap-anywhere">{visibleText(name).text}</span>
          <span className="text-mute">{outcomeText(results.get(name))}</span>
        </li>
      ))}
    </ul>
  );
}

function outcomeText(outcome: RebirthOutcome | undefined): string {
  if (outcome === undefined) return "";
  return outcome.kind === "failed" ? inOurLanguage(outcome.because) : words.outcomes[outcome.kind];
}

function stateText(step: Step, results: RebirthResults, all: number): string {
  if (step === "running") return words.running(results.size, all);
  if (step !== "done") return "";
  const count = (kind: RebirthOutcome["kind"]): number =>
    [...results.values()].filter((one) => one.kind === kind).length;
  return words.done(count("asked"), count("held"), count("offline") + count("failed"));
}
