"use client";
import Link from "next/link";
import type { MouseEvent } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { ALL_ADAPTERS, deviceHref } from "../lib/adapters-address.ts";
import {
  deviceWeight,
  linkWeight,
  statusWeight,
  type Adapter,
  type AdapterDevice,
  type AdapterLink,
  type StoppedAdapter,
} from "../lib/adapters.ts";
import { formatCount, formatSpan } from "../lib/format.ts";
import { inOurLanguage } from "../lib/hub-words.ts";
import { encodePath } from "../lib/path.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { Icon } from "./icons.tsx";
import { HubText } from "./hub-text.tsx";
import { StateWord } from "./state-word.tsx";
import type { GoTo } from "./use-adapters-address.ts";

interface AdapterProps {
  readonly adapter: Adapter;
  readonly now: number;
  readonly isOld: boolean;
  readonly go: GoTo;
}

type AdapterSectionProps = AdapterProps & {
  /** Opens what changes it; `null`: whoever looks may not. */
  readonly onChange: ((kind: "edit" | "stop" | "start" | "remove") => void) | null;
};

/** One adapter: how it stands, its connections where they are in trouble, and its devices. */
export function AdapterSection({ adapter, now, isOld, go, onChange }: AdapterSectionProps) {
  const { name, protocol, group, edgeNode, links, devices, lastEnd, restarts } = adapter;
  // Of one that is stopped everything is said above.
  const troubled =
    adapter.stopped === null ? links.filter((link) => linkWeight(link) !== "good") : [];
  const label = visibleText(name).text;
  return (
    <section
      className="overflow-hidden rounded-lg border border-line bg-panel"
      aria-label={label}
      data-adapter={name}
      data-old={isOld}
    >
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5">
        <h3 className="font-semibold wrap-anywhere">{label}</h3>
        <AdapterStatus adapter={adapter} />
        <span className="text-mute">{protocol}</span>
        {restarts === 0 ? null : <span className="text-mute">{words.restarts(restarts)}</span>}
        <Link
          className="figures ml-auto text-xs wrap-anywhere text-accent underline"
          href={`/ns/?p=${encodePath([group, edgeNode])}`}
          prefetch={false}
        >
          {visibleText(`${group}/${edgeNode}`).text}
        </Link>
        {onChange === null ? null : <Actions {...{ label, adapter, onChange }} />}
      </div>
      {adapter.stopped === null ? null : <StoppedLine stopped={adapter.stopped} now={now} />}
      {lastEnd === null || restarts === 0 ? null : (
        <p className="px-4 pb-2.5 text-stale wrap-anywhere">
          {words.lastEnd(visibleText(inOurLanguage(lastEnd)).text)}
        </p>
      )}
      <ul>
        {troubled.map((link) => (
          <TroubledLink key={link.name} link={link} now={now} />
        ))}
      </ul>
      {devices.length === 0 ? (
        <p className="border-t border-line px-4 py-3 text-mute">{words.noDevices}</p>
      ) : (
        <Devices {...{ adapter, now, isOld, go }} />
      )}
    </section>
  );
}

function Actions({
  label,
  adapter: { stopped },
  onChange,
}: {
  readonly label: string;
  readonly adapter: Adapter;
  readonly onChange: NonNullable<AdapterSectionProps["onChange"]>;
}) {
  const { entries: said, removing } = words;
  const [kind, own] =
    stopped === null ? (["stop", said.stop] as const) : (["start", said.start] as const);
  return (
    <span className="flex items-center gap-2">
      <button
        type="button"
        className="push-button"
        aria-label={said.editOf(label)}
        onClick={() => onChange("edit")}
      >
        {said.edit}
      </button>
      <button
        type="button"
        className="push-button"
        aria-label={kind === "stop" ? said.stopOf(label) : said.startOf(label)}
        onClick={() => onChange(kind)}
      >
        {own.label}
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label={removing.of(label)}
        title={removing.of(label)}
        onClick={() => onChange("remove")}
      >
        <Icon name="bin" />
      </button>
    </span>
  );
}

/** Who stopped it, how long ago, and why. */
function StoppedLine({
  stopped: { by, at, because },
  now,
}: {
  readonly stopped: StoppedAdapter;
  readonly now: number;
}) {
  const since = at === null ? null : formatSpan(Math.max(0, now - at));
  return (
    <p className="px-4 pb-2.5 text-stale wrap-anywhere" data-stopped="">
      {words.entries.stoppedBy(by === null ? null : visibleText(by).text, since)}
      {because === null ? null : `: ${visibleText(because).text}`}
    </p>
  );
}

function AdapterStatus({ adapter }: { readonly adapter: Adapter }) {
  const isSlow = adapter.status === "running" && adapter.isSlow;
  return (
    <StateWord weight={statusWeight(adapter)}>
      {isSlow ? words.slow : words.status[adapter.status]}
    </StateWord>
  );
}

/** A connection that is not well: what, since when, why. */
function TroubledLink({ link, now }: { readonly link: AdapterLink; readonly now: number }) {
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t border-line px-4 py-2">
      <StateWord weight={linkWeight(link)}>{words.link[link.state]}</StateWord>
      <span className="figures text-xs wrap-anywhere">{link.address}</span>
      {link.since > 0 ? (
        <span className="text-xs text-mute">
          {words.since(formatSpan(Math.max(0, now - link.since)))}
        </span>
      ) : null}
      {link.lastError === null ? null : (
        <span className="wrap-anywhere">
          <HubText text={link.lastError} isSentence />
        </span>
      )}
    </li>
  );
}

function Devices({ adapter, now, isOld, go }: AdapterProps) {
  const { columns } = words;
  return (
    <table className="plain-table device-table border-t border-line">
      <caption className="sr-only">{words.devicesOf(adapter.name)}</caption>
      <thead>
        <tr>
          <th scope="col" className="name-cell">
            {columns.device}
          </th>
          <th scope="col" className="state-cell">
            {columns.state}
          </th>
          <th scope="col" className="wide-cell">
            {columns.address}
          </th>
          <th scope="col" className="number-cell">
            {columns.tags}
          </th>
          <th scope="col" className="number-cell">
            {columns.bad}
          </th>
          <th scope="col" className="number-cell middle-cell requests-cell">
            {columns.requests}
          </th>
          <th scope="col" className="wide-cell answers-cell">
            {columns.answers}
          </th>
          <th scope="col" className="number-cell middle-cell errors-cell">
            {columns.errors}
          </th>
          <th scope="col" className="number-cell wide-cell middle-cell">
            {columns.overruns}
          </th>
          <th scope="col" className="number-cell middle-cell since-cell">
            {columns.since}
          </th>
        </tr>
      </thead>
      <tbody>
        {adapter.devices.map((device) => (
          <DeviceRow
            key={device.id}
            {...{ device, now, isOld, go }}
            adapter={adapter.name}
            told={adapter.links.find(({ name }) => name === device.link)?.lastError ?? null}
          />
        ))}
      </tbody>
    </table>
  );
}

interface DeviceRowProps {
  readonly adapter: string;
  readonly device: AdapterDevice;
  /** What is said of its connection already. */
  readonly told: string | null;
  readonly now: number;
  readonly isOld: boolean;
  readonly go: GoTo;
}

function DeviceRow({ adapter, device, told, now, isOld, go }: DeviceRowProps) {
  const { id, address, state, lastError, tags, badTags, since } = device;
  const open = (event: MouseEvent): void => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // another tab, as of any link
    event.preventDefault();
    go({ ...ALL_ADAPTERS, adapter, device: id });
  };
  return (
    <tr data-device={id} data-state={state}>
      <th scope="row" className="font-medium! text-fg! text-[13px]! whitespace-normal!">
        <a
          className="text-accent underline wrap-anywhere"
          href={deviceHref(adapter, id)}
          onClick={open}
        >
          {visibleText(id).text}
        </a>
      </th>
      <td>
        <DeviceState device={device} isOld={isOld} />
        {lastError === null || lastError === told || state === "online" ? null : (
          <p className="mt-0.5 text-mute wrap-anywhere">
            <HubText text={lastError} isSentence />
          </p>
        )}
      </td>
      <td className="wide-cell figures text-xs wrap-anywhere text-mute">{address}</td>
      <td className="number-cell">{formatCount(tags)}</td>
      <td className={`number-cell ${badTags > 0 ? "text-bad" : "text-mute"}`}>
        {formatCount(badTags)}
      </td>
      <td className="number-cell middle-cell">{rateText(device.requestsPerSecond)}</td>
      <td className="wide-cell figures text-xs text-mute">{answersText(device)}</td>
      <td className="number-cell middle-cell">{errorsText(device)}</td>
      <td className="number-cell wide-cell">{formatCount(device.overruns)}</td>
      <td className="number-cell middle-cell text-mute">
        {since > 0 ? formatSpan(Math.max(0, now - since)) : texts.noValue}
      </td>
    </tr>
  );
}

/** How a device stands, in a word; without the hub nobody knows whether it still does. */
export function DeviceState({
  device,
  isOld,
}: {
  readonly device: AdapterDevice;
  readonly isOld: boolean;
}) {
  const { state, badTags } = device;
  const hasBad = state === "online" && badTags > 0;
  const word = hasBad ? words.withBad(badTags, formatCount(badTags)) : words.device[state];
  return isOld ? (
    <span className="text-mute">{words.lastKnown(word)}</span>
  ) : (
    <StateWord weight={deviceWeight(device)}>{word}</StateWord>
  );
}

export function rateText(rate: number): string {
  return Number.isInteger(rate) || rate >= 99.95 ? formatCount(Math.round(rate)) : rate.toFixed(1);
}

export function answersText({ usualMs, slowMs }: AdapterDevice): string {
  if (usualMs === null) return texts.noValue;
  const usual = words.answerMs(msText(usualMs));
  return slowMs === null ? usual : words.answersIn(usual, words.answerMs(msText(slowMs)));
}

function msText(ms: number): string {
  return ms < 9.95 ? ms.toFixed(1) : String(Math.round(ms));
}

export function errorsText({ timeouts, exceptions }: AdapterDevice): string {
  return words.errors(formatCount(timeouts), formatCount(exceptions));
}
