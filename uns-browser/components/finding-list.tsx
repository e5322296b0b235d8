"use client";
import { useId, useState, type KeyboardEvent } from "react";
import { diagnosticsTexts as words } from "../lib/diagnostics-texts.ts";
import { byCause, type Cause } from "../lib/finding-list.ts";
import type { Finding } from "../lib/findings.ts";
import { formatCount } from "../lib/format.ts";
import { inOurLanguage } from "../lib/hub-words.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { RowButton, SeverityAndTime, when } from "./finding-line.tsx";
import { FindingRow } from "./finding-row.tsx";
import type { RowWorld } from "./finding-world.ts";
import { HubText } from "./hub-text.tsx";

interface FindingListProps {
  readonly findings: readonly Finding[];
  readonly isByCause: boolean;
  readonly world: RowWorld;
}

/** Findings, a line each; by cause, those of one cause under one line. Keys: see `words.keys`. */
export function FindingList({ findings, isByCause, world }: FindingListProps) {
  if (findings.length === 0) return null;
  const causes = isByCause ? byCause(findings) : [];
  const rows = (some: readonly Finding[]) =>
    some.map((finding) => (
      <li key={finding.key} className="border-t border-line first:border-t-0">
        <FindingRow finding={finding} world={world} />
      </li>
    ));
  return (
    <>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- keys of the buttons in it */}
      <ul
        className="overflow-hidden rounded-lg border border-line bg-panel"
        onKeyDown={(event) => act(event, findings, world)}
      >
        {isByCause
          ? causes.flatMap((cause) =>
              cause.findings.length === 1
                ? rows(cause.findings)
                : [
                    <li key={cause.code} className="border-t border-line first:border-t-0">
                      <CauseRow cause={cause} world={world}>
                        {rows(cause.findings)}
                      </CauseRow>
                    </li>,
                  ],
            )
          : rows(findings)}
      </ul>
      <p className="hidden text-xs text-mute sm:block">{words.keys}</p>
    </>
  );
}

interface CauseRowProps {
  readonly cause: Cause;
  readonly world: RowWorld;
  readonly children: readonly React.ReactNode[];
}

/** One cause that several have; open, each of them. */
function CauseRow({ cause: { code, findings }, world, children }: CauseRowProps) {
  const id = useId();
  const holdsOpen = findings.some(({ key }) => key === world.openKey);
  // Opened for one of them, it stays when that one is closed again.
  const [isChosen, setIsChosen] = useState<boolean | null>(holdsOpen ? true : null);
  const isOpen = isChosen ?? holdsOpen;
  const [first] = findings;
  const count = findings.reduce((sum, one) => sum + one.count, 0);
  const lastAt = Math.max(...findings.map((one) => one.lastAt));
  const firstAt = Math.min(...findings.map((one) => one.firstAt));
  return (
    <div data-cause={code}>
      <div className="finding-line">
        <RowButton isOpen={isOpen} controls={id} onToggle={() => setIsChosen(!isOpen)}>
          <SeverityAndTime finding={{ level: first.level, lastAt }} now={world.now} />
          <span className="min-w-0 truncate">
            {words.subjects(formatCount(findings.length))}{" "}
            <span className="text-mute">{subjectsOf(findings)}</span>
          </span>
          <span className="min-w-0 truncate font-medium first-letter:uppercase">
            <HubText text={first.title} />
          </span>
          <span className="figures text-xs">{texts.diag.times(formatCount(count))}</span>
          <span className="figures text-xs text-mute">
            {words.first} {when(firstAt, world.now)}
          </span>
        </RowButton>
        <div className="finding-actions max-[699px]:hidden" />
      </div>
      <ul id={id} hidden={!isOpen} className="border-t border-line pl-4 sm:pl-6">
        {isOpen ? children : null}
      </ul>
    </div>
  );
}

/** So many are named; there may be thousands, and there is room for two or three. */
const NAMED = 4;

/** Whom it is about. */
function subjectsOf(findings: readonly Finding[]): string {
  const named = findings.slice(0, NAMED).map(({ subject }) => inOurLanguage(subject));
  const all = named.length < findings.length ? [...named, "…"] : named;
  return visibleText(all.join(", ")).text;
}

/** Letters mean something else where one types. */
const TYPING = "input, textarea, select, dialog";

function act(event: KeyboardEvent, findings: readonly Finding[], world: RowWorld): void {
  const { target, key, currentTarget } = event;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (!(target instanceof HTMLElement) || target.closest(TYPING) !== null) return;
  const isDone =
    key === "ArrowDown" || key === "ArrowUp"
      ? moveFocus(currentTarget, target, key === "ArrowDown" ? 1 : -1)
      : !event.repeat && actOn(key, findingAt(target, findings), world); // a key held down means one line
  if (isDone) event.preventDefault();
}

/** Only from line to line: inside an open row the arrows scroll. */
function moveFocus(list: Element, from: HTMLElement, by: 1 | -1): boolean {
  const lines = [...list.querySelectorAll<HTMLElement>("[data-row]")];
  const at = lines.indexOf(from);
  if (at < 0) return false;
  lines[at + by]?.focus();
  return true;
}

function findingAt(target: HTMLElement, findings: readonly Finding[]): Finding | undefined {
  const key = target.closest("[data-key]")?.getAttribute("data-key");
  return findings.find((finding) => finding.key === key);
}

function actOn(key: string, finding: Finding | undefined, world: RowWorld): boolean {
  const { acts, mayAnswer, explain } = world;
  if (finding === undefined) return false;
  if (key === "e") explain(finding.key);
  else if (key === "a" && mayAnswer && finding.state === "open") acts.acknowledge(finding);
  else if (key === "m" && mayAnswer && finding.muted === null) acts.mute(finding, 60);
  else return false;
  return true;
}
