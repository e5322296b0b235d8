"use client";
import Link from "next/link";
import { useEffect, useState } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { linkWeight, type AdapterLink } from "../lib/adapters.ts";
import { formatCount } from "../lib/format.ts";
import { sentenceOf } from "../lib/hub-request.ts";
import { encodePath } from "../lib/path.ts";
import { adapterUrl } from "../lib/tags.ts";
import { texts } from "../lib/texts.ts";
import { Agreements } from "./agreements.tsx";
import { readFromHub, startTimerWhileSeen } from "./browser-world.ts";
import type { DeviceProps } from "./device-view.tsx";
import { HubText } from "./hub-text.tsx";
import { Problem } from "./sheet.tsx";
import { StateWord } from "./state-word.tsx";
import { useChange, type Change } from "./use-change.ts";

const { connection: said } = words;
/** How often an empty trace is looked at again. */
const LOOK_AGAIN_MS = 1000;

/** The connection behind a device: how it is, what was counted, and what was said on it. */
export function LinkTab(props: DeviceProps & { readonly link: AdapterLink | null }) {
  const { adapter, device, link } = props;
  return (
    <div className="grid gap-5 p-4">
      {link === null ? (
        <p className="text-mute">{said.noCounters}</p>
      ) : (
        <>
          <LinkState link={link} />
          <Agreements agreements={link.agreements} />
          <Trace {...props} link={link} />
        </>
      )}
      <section>
        <h3 className="font-semibold">{said.own}</h3>
        <p className="mt-1 text-mute">{said.ownHelp}</p>
        <Link
          className="text-accent underline"
          href={`/ns/?p=${encodePath([adapter.group, adapter.edgeNode, device.id, "Device Info"])}`}
          prefetch={false}
        >
          {words.inNamespace}
        </Link>
      </section>
    </div>
  );
}

function LinkState({ link }: { readonly link: AdapterLink }) {
  const { address, state, lastError, counters } = link;
  return (
    <section className="grid gap-2">
      <p className="flex flex-wrap items-center gap-x-4">
        <span className="figures text-xs wrap-anywhere">{address}</span>
        <StateWord weight={linkWeight(link)}>{words.link[state]}</StateWord>
      </p>
      {lastError === null ? null : (
        <p className="wrap-anywhere">
          <span className="text-mute">{said.lastError}</span>{" "}
          <HubText text={lastError} isSentence />
        </p>
      )}
      <h3 className="mt-2 font-semibold">{said.counters}</h3>
      {counters.length === 0 ? <p className="text-mute">{said.noCounters}</p> : null}
      <dl className="figures grid grid-cols-[repeat(auto-fill,minmax(220px,1fr))] gap-x-6 text-xs">
        {counters.map(([name, count]) => (
          <div key={name} className="flex justify-between gap-3 border-b border-line py-0.5">
            <dt className="text-mute">{name}</dt>
            <dd>{formatCount(count)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

type TraceProps = DeviceProps & { readonly link: AdapterLink };

/** What was said last, once somebody has asked. Who asked before anything was said waits for it; what stands there is not taken from under his eyes. */
function useFrames(
  url: string,
  { isWanted, change }: { readonly isWanted: boolean; readonly change: Change },
) {
  const [frames, setFrames] = useState<string | null>(null);
  const look = async (): Promise<void> => {
    const answer = await readFromHub(url);
    if (answer.kind === "done") setFrames(String(answer.value));
    else change.fail(sentenceOf(answer));
  };
  const isWaiting = isWanted && frames?.trim() === "";
  useEffect(() => {
    if (!isWaiting) return undefined;
    let isOpen = true;
    const later = () => startTimerWhileSeen(LOOK_AGAIN_MS, () => void lookAgain());
    const lookAgain = async (): Promise<void> => {
      const answer = await readFromHub(url);
      if (!isOpen) return;
      cancel = later();
      if (answer.kind === "done") setFrames(String(answer.value));
    };
    let cancel = later();
    return () => {
      isOpen = false;
      cancel();
    };
  }, [isWaiting, url]);
  return { frames, look };
}

function Trace({ adapter, link, mayEdit, isOld }: TraceProps) {
  const url = `${adapterUrl(adapter.name)}/links/${encodeURIComponent(link.name)}/trace`;
  const change = useChange();
  // The report of the adapter comes every few seconds; what was switched is known at once.
  const [switched, setSwitched] = useState<boolean | null>(null);
  const isOn = switched ?? link.isTracing;
  const { frames, look } = useFrames(url, { isWanted: isOn && !isOld, change });
  const turn = async (): Promise<void> => {
    if ((await change.run("PUT", url, { on: !isOn })) !== null) setSwitched(!isOn);
  };
  const because = mayEdit ? (isOld ? texts.entry.unreachable : null) : said.mayNot;
  return (
    <section className="grid gap-2" data-trace={isOn ? "on" : "off"}>
      <h3 className="font-semibold">{said.trace}</h3>
      <p className="max-w-[720px] text-mute">{said.traceHelp}</p>
      <div className="flex flex-wrap items-center gap-2">
        <span>{isOn ? said.isOn : said.isOff}</span>
        {mayEdit ? (
          <button
            type="button"
            className="push-button"
            aria-disabled={because !== null || change.isBusy}
            onClick={() => (because === null ? void turn() : undefined)}
          >
            {isOn ? said.switchOff : said.switchOn}
          </button>
        ) : null}
        <button type="button" className="push-button" onClick={() => void look()}>
          {said.look}
        </button>
        <a className="push-button" href={url} download>
          {said.download}
        </a>
      </div>
      {because === null ? null : <p className="text-mute">{because}</p>}
      <Problem change={change} />
      <Frames frames={frames} link={link.name} />
    </section>
  );
}

function Frames({ frames, link }: { readonly frames: string | null; readonly link: string }) {
  if (frames === null) return null;
  if (frames.trim() === "") return <output className="text-mute">{said.noFrames}</output>;
  return (
    <pre
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, and keys must reach it
      tabIndex={0}
      aria-label={said.label(link)}
      className="figures max-h-[360px] overflow-auto rounded-md bg-panel2 px-3 py-2 text-xs"
    >
      {frames}
    </pre>
  );
}
