"use client";
import { useState } from "react";
import { formatCount, formatPerSecond, formatSpan } from "../lib/format.ts";
import type { DeviceNow } from "../lib/node-life.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { HubText } from "./hub-text.tsx";
import { NodeSign } from "./node-sign.tsx";

const { nodeDevices: words } = texts;

/** So many are shown at first; those in trouble come before all others. */
const FIRST = 50;

interface NodeDevicesProps {
  readonly devices: readonly DeviceNow[];
  /** The hub's time. */
  readonly now: number;
}

/** The devices of an edge node: whether they live, and how much they say. */
export function NodeDevices({ devices, now }: NodeDevicesProps) {
  const [isWhole, setIsWhole] = useState(false);
  if (devices.length === 0) return <p className="text-mute">{words.none}</p>;
  const shown = isWhole ? devices : mostWorth(devices);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- where it is narrow it scrolls, by keys too
    <section className="overflow-x-auto" tabIndex={0} aria-label={words.title}>
      <table className="device-table">
        <thead>
          <tr className="text-xs text-mute">
            {(["state", "name", "metrics", "births", "deaths", "perSecond", "last"] as const).map(
              (column) => (
                <th key={column} scope="col">
                  {words.columns[column]}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {shown.map((device) => (
            <DeviceLine key={device.name} device={device} now={now} />
          ))}
        </tbody>
      </table>
      {devices.length > shown.length ? (
        <button type="button" className="push-button mt-2" onClick={() => setIsWhole(true)}>
          {words.more(devices.length - shown.length)}
        </button>
      ) : null}
    </section>
  );
}

function mostWorth(devices: readonly DeviceNow[]): readonly DeviceNow[] {
  if (devices.length <= FIRST) return devices;
  const inTrouble = devices.filter(({ state }) => state !== "online");
  const others = devices.filter(({ state }) => state === "online");
  return [...inTrouble, ...others].slice(0, FIRST);
}

function DeviceLine({ device, now }: { readonly device: DeviceNow; readonly now: number }) {
  const { name, state, because, metrics, births, deaths, perSecond, lastHeardAt } = device;
  return (
    <tr data-device={name}>
      <td>
        <NodeSign state={state} />
      </td>
      <th scope="row" className="wrap-anywhere">
        {visibleText(name).text}
        {because === null ? null : (
          <span className="ml-2 text-xs font-normal text-mute">
            <HubText text={because} />
          </span>
        )}
      </th>
      <td>{formatCount(metrics)}</td>
      <td>{formatCount(births)}</td>
      <td>{formatCount(deaths)}</td>
      <td>{state === "online" ? formatPerSecond(perSecond) : texts.noValue}</td>
      <td>
        {lastHeardAt === 0
          ? texts.noValue
          : texts.diag.ago(formatSpan(Math.max(0, now - lastHeardAt)))}
      </td>
    </tr>
  );
}
