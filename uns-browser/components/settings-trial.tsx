import { texts } from "../lib/texts.ts";
import type { BrokenRule, Trial } from "../lib/topic-rules.ts";
import { HubText } from "./hub-text.tsx";
import { Icon } from "./icons.tsx";

const { rules: words } = texts.settings;
const SIGNS = {
  taken: { icon: "check", color: "text-good" },
  noted: { icon: "triangle", color: "text-stale" },
  refused: { icon: "cross", color: "text-bad" },
} as const;

/** What the hub would do, by whose word, and what the client would be told. */
export function TrialAnswer({ trial }: { readonly trial: Trial }) {
  const { as, outcome, refusal, broken, besides } = trial;
  const { icon, color } = SIGNS[outcome];
  return (
    <div className="grid gap-1.5 rounded-md border border-line bg-panel2 px-3 py-2.5">
      <p className={`flex items-center gap-2 font-semibold ${color}`}>
        <Icon name={icon} className="size-4 shrink-0" />
        {words.outcomes[outcome]}
        {refusal === null ? null : (
          <span className="font-normal text-mute">{words.by[refusal.by]}</span>
        )}
      </p>
      {refusal === null ? null : <Refusal refusal={refusal} />}
      {besides === null ? null : <p>{words.besides[besides]}</p>}
      {broken.length === 0 ? null : (
        <ul className="grid gap-1">
          {broken.map((rule) => (
            <Broken key={`${rule.code} ${rule.because}`} rule={rule} />
          ))}
        </ul>
      )}
      <p className="text-xs text-mute">
        {words.as(as)} {words.sessions}
      </p>
    </div>
  );
}

function Refusal({ refusal }: { readonly refusal: NonNullable<Trial["refusal"]> }) {
  const { code, because, isEnd } = refusal;
  return (
    <>
      <p>
        {words.told(code)} {isEnd ? words.end : null}
      </p>
      <p className="wrap-anywhere">
        <HubText text={because} />
      </p>
    </>
  );
}

function Broken({ rule: { code, title, level, because } }: { readonly rule: BrokenRule }) {
  return (
    <li className="wrap-anywhere">
      <span className="figures text-xs">{code}</span> <HubText text={title} /> (
      {words.levelNames[level]}): <HubText text={because} />
    </li>
  );
}
