"use client";
import type { TreeRow, ValueAnswer } from "@unshub/hub/feed";
import dynamic from "next/dynamic";
import type { Account } from "../lib/account.ts";
import type { DetailsState } from "../lib/details.ts";
import { formatForCopy, formatFullValue, formatSpan, formatValue } from "../lib/format.ts";
import type { Namespace } from "../lib/namespace.ts";
import { type Quality, qualityOf } from "../lib/quality.ts";
import type { Reading } from "../lib/store.ts";
import { texts } from "../lib/texts.ts";
import { loaded } from "./loaded.tsx";
import { visibleText } from "../lib/visible.ts";
import { Age, ClockAhead } from "./age.tsx";
import { CopyButton } from "./copy-button.tsx";
import { HubText } from "./hub-text.tsx";
import { Icon, QUALITY_ICONS } from "./icons.tsx";
import { About, AllAddresses } from "./metric-facts.tsx";
import { Pending } from "./pending.tsx";
import { useRowVersion, useSignal } from "./use-signal.ts";
import { WriteSection } from "./write-section.tsx";

/** Loaded when the first metric is looked at. */
const SmallChart = dynamic(
  () => loaded(() => import("./small-chart.tsx").then((file) => file.SmallChart)),
  {
    ssr: false,
  },
);

const PanelButtons = dynamic(
  () => loaded(() => import("./small-chart.tsx").then((file) => file.PanelButtons)),
  { ssr: false },
);

interface MetricDetailsProps {
  readonly page: Namespace;
  readonly account: Account | null;
  readonly row: TreeRow;
  readonly path: string;
}

/** One metric: its value now, why it is what it is, and all its addresses. */
export function MetricDetails({ page, account, row, path }: MetricDetailsProps) {
  useRowVersion(page.store, row.id);
  const reading = page.store.read(row.id);
  const state = useSignal(page.details.state);
  const quality = reading?.quality ?? "none";
  const answer = state.kind === "ready" && state.id === row.id ? state.answer : null;
  const isNow = useSignal(page.past.moments).at === null;
  return (
    <>
      <BigValue row={row} reading={reading} quality={quality} />
      <QualityLine page={page} reading={reading} quality={quality} answer={isNow ? answer : null} />
      <div className="flex flex-wrap items-center gap-1.5 px-4 pb-4">
        <WriteSection {...{ page, account, row, path, quality }} place="row" />
        {isNow ? <PanelButtons {...{ page, path, quality }} name={row.name} /> : null}
      </div>
      {isNow ? <SmallChart page={page} row={row} path={path} /> : null}
      <AllAddresses {...{ account, path, answer }} />
      {answer === null ? (
        <Waiting state={state} onRetry={() => page.details.refresh()} />
      ) : (
        <About answer={answer} {...(!isNow && { pastTime: reading?.sourceTime ?? null })} />
      )}
    </>
  );
}

const COLOURS: Readonly<Record<Quality, string>> = {
  good: "",
  stale: "text-stale",
  bad: "text-bad",
  offline: "text-off",
  uncertain: "text-stale",
  none: "text-mute",
  "last-known": "text-known",
  silent: "text-stale",
};

/** A value longer than this is text to read, not a figure to see from afar. */
const BIG_UP_TO = 14;

interface BigValueProps {
  readonly row: TreeRow;
  readonly reading: Reading | null;
  readonly quality: Quality;
}

export function BigValue({ row, reading, quality }: BigValueProps) {
  const isHeard = reading !== null && reading.quality !== "none";
  const { text, whole } = isHeard ? bigText(reading, row) : { text: texts.noValue, whole: null };
  const size = text.length <= BIG_UP_TO ? "text-[36px] leading-[44px]" : "text-base leading-6";
  return (
    <div className={`flex items-start gap-2 px-4 pt-2 ${COLOURS[quality]}`}>
      <p className="max-h-48 min-w-0 flex-1 overflow-y-auto" data-details="value">
        <span className={`figures font-medium wrap-anywhere whitespace-pre-wrap ${size}`}>
          {text}
        </span>
        <Pending id={row.id} />
        {row.unit === undefined || !isHeard ? null : (
          <span className="ml-2 text-lg text-mute">{visibleText(row.unit).text}</span>
        )}
        {whole === null ? null : <span className="figures block text-xs text-mute">{whole}</span>}
      </p>
      {isHeard ? (
        <CopyButton text={formatForCopy(reading.value, row.datatype)} what={texts.columns.value} />
      ) : null}
    </div>
  );
}

/** A number with many digits is shown as in the table, and whole below. */
function bigText(
  { value }: Reading,
  { datatype }: TreeRow,
): { readonly text: string; readonly whole: string | null } {
  const { text: whole } = formatFullValue(value, datatype);
  const short = formatValue(value, datatype);
  const isCut = whole.length > BIG_UP_TO && short.kind === "number" && short.text !== whole;
  return isCut ? { text: short.text, whole } : { text: whole, whole: null };
}

interface QualityLineProps {
  readonly page: Namespace;
  readonly reading: Reading | null;
  readonly quality: Quality;
  readonly answer: ValueAnswer | null;
  /** Left out: how old the value is stands beside it. */
  readonly hasAge?: boolean;
}

export function QualityLine({ page, reading, quality, answer, hasAge = true }: QualityLineProps) {
  const word = qualityWords(reading, quality);
  const reason = reasonOf(reading, answer);
  return (
    <div className={`px-4 ${hasAge ? "pt-1 pb-4" : "py-1"}`} data-details="quality">
      <p className={`flex items-center gap-2 ${COLOURS[quality]}`}>
        <Icon
          name={QUALITY_ICONS[quality]}
          className={`size-4 ${quality === "good" ? "text-good" : ""}`}
        />
        <span className="font-medium">{word}</span>
        {hasAge ? (
          <span className="figures ml-auto text-xs text-mute">
            <Age clock={page.clock} since={reading?.sourceTime ?? null} />
          </span>
        ) : null}
      </p>
      {reason === null ? null : (
        <p className="mt-1 pl-6 wrap-anywhere text-mute">
          <HubText text={reason} />
        </p>
      )}
      {quality === "silent" ? <Silent page={page} answer={answer} /> : null}
      <ClockAhead clock={page.clock} since={reading?.sourceTime ?? null} />
    </div>
  );
}

/** A reason given for another quality than the one shown would mislead. */
function reasonOf(reading: Reading | null, answer: ValueAnswer | null): string | null {
  return answer !== null && answer.quality === reading?.wireQuality ? answer.reason : null;
}

/** How often it usually speaks, and for how long it has not. */
function Silent({ page, answer }: Pick<QualityLineProps, "page" | "answer">) {
  useSignal(page.clock.tick);
  const { usualMs, receivedAt = null } = answer ?? {};
  if (usualMs === undefined || receivedAt === null) return null;
  const span = formatSpan(page.clock.now() - receivedAt);
  return <p className="mt-1 pl-6 text-stale">{texts.details.silent(formatSpan(usualMs), span)}</p>;
}

/** Without a link the hub's last word on a value is only that. */
function qualityWords(reading: Reading | null, quality: Quality): string {
  const last = reading === null ? quality : qualityOf(reading.wireQuality);
  if (quality !== "last-known" || last === quality) return texts.qualities[quality];
  return texts.details.lastKnown(texts.qualities[last]);
}

export function Waiting({
  state,
  onRetry,
}: {
  readonly state: DetailsState;
  readonly onRetry: () => void;
}) {
  if (state.kind !== "failed")
    return <div className="skeleton-late m-4 h-24 rounded-md bg-panel2" />;
  return (
    <div className="border-t border-line px-4 py-3">
      <p>{state.isGone ? texts.details.gone : texts.details.failed}</p>
      <button type="button" className="push-button mt-2" onClick={onRetry}>
        {texts.failed.retry}
      </button>
    </div>
  );
}
