"use client";
import type { ValueAnswer } from "@unshub/hub/feed";
import dynamic from "next/dynamic";
import type { Account } from "../lib/account.ts";
import { formatDateTime, formatSpan } from "../lib/format.ts";
import { readablePath } from "../lib/path.ts";
import { texts } from "../lib/texts.ts";
import { Fact, Facts } from "./facts.tsx";
import { loaded } from "./loaded.tsx";
import { useMayDiagnose } from "./use-account.ts";

/** Loaded when the first metric is looked at. */
const MetricOrigin = dynamic(
  () => loaded(() => import("./metric-origin.tsx").then((file) => file.MetricOrigin)),
  { ssr: false },
);

interface AllAddressesProps {
  readonly account: Account | null;
  readonly path: string;
  readonly answer: ValueAnswer | null;
}

/** Where it is: for the page, for Sparkplug, for MQTT, and in the device it comes from. */
export function AllAddresses({ account, path, answer }: AllAddressesProps) {
  const mayDiagnose = useMayDiagnose(account);
  return (
    <Facts title={texts.details.addresses}>
      <Fact name={texts.details.path} value={readablePath(path)} copy={path} />
      {answer === null ? null : <Addresses answer={answer} />}
      {answer === null || !mayDiagnose ? null : <MetricOrigin answer={answer} />}
    </Facts>
  );
}

function Addresses({ answer }: { readonly answer: ValueAnswer }) {
  const { details } = texts;
  const { groupId, edgeNodeId, deviceId, metric, topic, unsPath } = answer;
  return (
    <>
      {unsPath === undefined ? null : (
        <Fact name={details.unsPath} value={unsPath} copy={unsPath} />
      )}
      <Fact name={details.group} value={groupId} copy={groupId} />
      <Fact name={details.edgeNode} value={edgeNodeId} copy={edgeNodeId} />
      {deviceId === null ? null : <Fact name={details.device} value={deviceId} copy={deviceId} />}
      <Fact name={details.metric} value={metric} copy={metric} />
      <Fact name={details.topic} value={topic} copy={topic} />
    </>
  );
}

interface AboutProps {
  readonly answer: ValueAnswer;
  /** The source time of a value of the past that is shown instead; `null`: there was none. */
  readonly pastTime?: number | null;
}

export function About({ answer, pastTime }: AboutProps) {
  const { details } = texts;
  const { row, alias, description } = answer;
  return (
    <>
      <Facts title={details.times}>
        <Fact
          name={details.sourceTime}
          value={pastTime === undefined ? sourceText(answer) : timeOrNever(pastTime)}
        />
        {pastTime === undefined ? (
          <Fact name={details.receivedAt} value={timeOrNever(answer.receivedAt)} />
        ) : null}
        {answer.usualMs === undefined ? null : (
          <Fact name={details.usual} value={formatSpan(answer.usualMs)} />
        )}
      </Facts>
      <Facts title={details.about}>
        <Fact
          name={details.datatype}
          value={kindText(answer)}
          {...(alias !== null && { copy: alias })}
        />
        {row.writable === undefined ? null : (
          <Fact
            name={details.writable}
            value={row.writable ? details.yes : details.no}
            isFigures={false}
          />
        )}
        {description === null ? null : (
          <Fact name={details.description} value={description} isFigures={false} />
        )}
      </Facts>
    </>
  );
}

/** `Float · alias 17 · retained`. */
function kindText({ row: { datatype, retained }, alias }: ValueAnswer): string {
  const { details } = texts;
  return [
    datatype,
    alias === null ? undefined : `${details.alias} ${alias}`,
    retained === true ? texts.retained.yes : undefined,
  ]
    .filter((part) => part !== undefined)
    .join(" · ");
}

/** By the source's clock, and how much later the hub received it by its own. */
function sourceText({ timestamp, receivedAt }: ValueAnswer): string {
  if (timestamp === null || receivedAt === null) return timeOrNever(timestamp);
  const later = receivedAt - timestamp;
  const delta = later < 0 ? `−${formatSpan(-later)}` : `+${formatSpan(later)}`;
  return `${formatDateTime(timestamp)} · ${texts.details.hubDelta(delta)}`;
}

function timeOrNever(ms: number | null): string {
  return ms === null ? texts.details.never : formatDateTime(ms);
}
