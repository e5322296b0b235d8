"use client";
import { reasonOf, type AuditChange } from "../lib/audit-change.ts";
import { isNameAlone, type AuditLine as Line } from "../lib/audit.ts";
import { timeIn } from "../lib/chart-times.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { HubText } from "./hub-text.tsx";
import { Icon, type IconName } from "./icons.tsx";

const { audit: words } = texts;

const SIGNS: Readonly<Record<Line["result"], readonly [icon: IconName, colour: string]>> = {
  done: ["check", "text-mute"],
  asked: ["send", "text-mute"],
  refused: ["cross", "text-bad"],
  failed: ["triangle", "text-bad"],
  unknown: ["help", "text-stale"],
};

/** What stands over the lines; each of them says the same in its own words. */
export function AuditHead() {
  const { time, who, what, number } = words.columns;
  return (
    <div className="audit-line audit-head" aria-hidden="true">
      <span>{time}</span>
      <span>{who}</span>
      <span>{what}</span>
      <span>{words.result}</span>
      <span className="text-right">{number}</span>
    </div>
  );
}

/** One thing that somebody did. */
export function AuditLine({ line }: { readonly line: Line }) {
  const { number, at, actor, via, address, result } = line;
  const [icon, colour] = SIGNS[result];
  return (
    <div className="audit-line">
      <time className="figures text-xs text-mute">{timeIn(Date.parse(at), false)}</time>
      <span className="min-w-0 wrap-anywhere">
        <span className="font-medium">{visibleText(actor).text}</span>{" "}
        <span className="text-xs text-mute">{[via, address].filter(Boolean).join(" · ")}</span>
      </span>
      <Done line={line} />
      <span className={`flex items-center gap-1.5 ${colour}`}>
        <Icon name={icon} className="size-3.5" />
        {words.results[result]}
      </span>
      <span className="figures text-right text-xs text-mute">{words.number(number)}</span>
    </div>
  );
}

function Done({ line }: { readonly line: Line }) {
  const { action, object, changes } = line;
  const { why, because } = reasonOf(line);
  return (
    <span className="min-w-0 wrap-anywhere">
      <HubText text={action} />{" "}
      {object === null ? null : (
        <b className="font-medium">
          {isNameAlone(object) ? visibleText(object).text : <HubText text={object} />}
        </b>
      )}
      {changes.map((change) => (
        <Change key={change.name ?? ""} change={change} />
      ))}
      {Object.entries({ why, because }).map(([kind, said]) =>
        said === null ? null : (
          <span key={kind} className="block text-mute">
            <HubText text={said} />
          </span>
        ),
      )}
    </span>
  );
}

/** What is new has no before; what is gone has no after. */
function Change({ change: { name, before, after } }: { readonly change: AuditChange }) {
  const isNew = name !== null && before === null;
  return (
    <span className="block text-xs" data-change={name ?? ""}>
      {name === null ? null : <span className="text-mute">{name} </span>}
      <span className="figures">
        {isNew ? null : `${before ?? texts.noValue} → `}
        {after ?? texts.noValue}
      </span>
    </span>
  );
}
