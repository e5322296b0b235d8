"use client";
import Link from "next/link";
import type { MouseEvent } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { deviceHref } from "../lib/adapters-address.ts";
import {
  deviceWeight,
  linkWeight,
  statusWeight,
  type Adapter,
  type AdapterDevice,
  type AdapterLink,
} from "../lib/adapters.ts";
import { formatCount, formatSpan } from "../lib/format.ts";
import { asSentence } from "../lib/hub-request.ts";
import { encodePath } from "../lib/path.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { StateWord } from "./state-word.tsx";
import type { GoTo } from "./use-adapters-address.ts";

interface AdapterSectionProps {
  readonly adapter: Adapter;
  readonly now: number;
  readonly isOld: boolean;
  readonly go: GoTo;
}

/** One adapter: how it stands, its connections where they are in trouble, and its devices. */
export function AdapterSection({ adapter, now, isOld, go }: AdapterSectionProps) {
  const { name, protocol, group, edgeNode, links, devices, lastEnd, restarts } = adapter;
  const troubled = links.filter((link) => linkWeight(link) !== "good");
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
      </div>
      {lastEnd === null || restarts === 0 ? null : (
        <p className="px-4 pb-2.5 text-stale wrap-anywhere">{words.lastEnd(lastEnd)}</p>
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
        <span className="wrap-anywhere">{asSentence(visibleText(link.lastError).text)}</span>
      )}
    </li>
  );
}

function Devices({ adapter, now, isOld, go }: AdapterSectionProps) {
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
          <th scope="col" className="number-cell middle-cell">
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
    go({ adapter, device: id, tab: "tags", filter: "" });
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
            {asSentence(visibleText(lastError).text)}
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
  const word = hasBad ? words.withBad(formatCount(badTags)) : words.device[state];
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
