"use client";
import dynamic from "next/dynamic";
import { useState } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import {
  deviceWeight,
  errorShare,
  type Adapter,
  type AdapterDevice,
  type PollCycle,
} from "../lib/adapters.ts";
import { formatCount } from "../lib/format.ts";
import { visibleText } from "../lib/visible.ts";
import { AdaptersOver, type EntryOver } from "./adapters-over.tsx";
import { loaded } from "./loaded.tsx";
import { StateWord } from "./state-word.tsx";

const { entries: said } = words;

// Whoever only looks does not need it.
const TestRead = dynamic(() => loaded(async () => (await import("./test-read.tsx")).TestRead), {
  ssr: false,
});

interface DeviceLineProps {
  readonly adapter: Adapter;
  readonly device: AdapterDevice;
  readonly isOld: boolean;
  readonly mayChange: boolean;
  /** Looks again at what the hub says of it. */
  readonly onApplied: (name?: string) => void;
}

/** The adapter of a device in one line, every figure as it is counted: where it asks, how much, how often, and what goes wrong. */
export function DeviceLine(props: DeviceLineProps) {
  const { adapter, device, isOld, mayChange, onApplied } = props;
  const [over, setOver] = useState<EntryOver>(null);
  const [reads, setReads] = useState(0);
  const name = visibleText(adapter.name).text;
  return (
    <div className="grid gap-2" data-line={adapter.name}>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="font-semibold wrap-anywhere">{name}</span>
        {isOld ? null : (
          <StateWord weight={deviceWeight(device)}>{stateText(adapter, device)}</StateWord>
        )}
        <span className="figures text-xs wrap-anywhere text-mute">{device.address}</span>
        {figuresOf(device).map(([key, text]) => (
          <span key={key} className="figures text-xs">
            <span className="mr-3 text-mute" aria-hidden="true">
              ·
            </span>
            <span data-line-figure={key}>{text}</span>
          </span>
        ))}
        {mayChange ? (
          <Buttons
            {...{ adapter, name }}
            onOpen={(kind) => setOver({ kind, name: adapter.name })}
            onRead={() => setReads(reads + 1)}
          />
        ) : null}
      </div>
      {reads === 0 || !mayChange ? null : (
        <TestRead key={reads} adapter={adapter.name} device={device.id} />
      )}
      <AdaptersOver over={over} onApplied={onApplied} onClose={() => setOver(null)} />
    </div>
  );
}

/** What it does while all is well, else how it stands. */
function stateText({ protocol }: Adapter, { state }: AdapterDevice): string {
  if (state !== "online") return words.device[state];
  return protocol === "opcua" ? said.line.subscribed : said.line.polling;
}

function figuresOf(device: AdapterDevice): readonly (readonly [key: string, text: string])[] {
  const { tags, cycles } = device;
  const requests = cycles.reduce((sum, cycle) => sum + cycle.requests, 0);
  const share = errorShare(device);
  const [fastest] = cycles;
  return [
    [
      "tags",
      requests === 0
        ? said.line.tags(formatCount(tags))
        : said.line.tagsIn(formatCount(tags), formatCount(requests)),
    ],
    ...(fastest === undefined ? [] : [["cycle", cycleText(fastest)] as const]),
    ...(share === null ? [] : [["errors", said.line.errors(percent(share))] as const]),
  ];
}

function cycleText({ everyMs, tookMs }: PollCycle): string {
  const every = words.answerMs(formatCount(everyMs));
  return tookMs === null
    ? said.line.cycle(every)
    : said.line.cycleTakes(
        every,
        words.answerMs(tookMs < 9.95 ? tookMs.toFixed(1) : formatCount(Math.round(tookMs))),
      );
}

/** As many digits as it takes to tell few from none. */
function percent(share: number): string {
  const value = share * 100;
  if (value === 0) return "0 %";
  return value < 0.01 ? "< 0.01 %" : `${value.toFixed(value < 1 ? 2 : 1)} %`;
}

function Buttons({
  adapter: { stopped },
  name,
  onOpen,
  onRead,
}: {
  readonly adapter: Adapter;
  readonly name: string;
  readonly onOpen: (kind: "edit" | "stop" | "start") => void;
  readonly onRead: () => void;
}) {
  const isStopped = stopped !== null;
  return (
    <span className="ml-auto flex flex-wrap gap-2">
      <button
        type="button"
        className="push-button"
        aria-label={said.editOf(name)}
        onClick={() => onOpen("edit")}
      >
        {said.edit}
      </button>
      <button
        type="button"
        className="push-button"
        aria-label={isStopped ? said.startOf(name) : said.stopOf(name)}
        onClick={() => onOpen(isStopped ? "start" : "stop")}
      >
        {isStopped ? said.start.label : said.stop.label}
      </button>
      {isStopped ? null : (
        <button type="button" className="push-button" onClick={onRead}>
          {said.line.testRead}
        </button>
      )}
    </span>
  );
}
