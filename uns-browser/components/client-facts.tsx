"use client";
import Link from "next/link";
import { useMemo } from "react";
import { parseClientDetails, type ClientDetails } from "../lib/clients.ts";
import { formatCount, formatDateTime, formatSpan } from "../lib/format.ts";
import { asking } from "../lib/poll.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import type { ClientRowProps } from "./client-row.tsx";
import { SendOff } from "./client-send-off.tsx";
import { Fact } from "./facts.tsx";
import { PolledState } from "./page-shell.tsx";
import { pagePoll, usePoll } from "./use-poll.ts";

const { clients: words } = texts;

export type ClientFactsProps = Omit<ClientRowProps, "isLinked">;

/** What a client subscribes to, what it leaves behind, and how to send it off. */
export function ClientFacts(props: ClientFactsProps) {
  const { clientId } = props.client;
  const poll = useMemo(
    () =>
      pagePoll({
        everyMs: 3000,
        ask: asking(`/api/v1/clients/${encodeURIComponent(clientId)}`, parseClientDetails),
      }),
    [clientId],
  );
  const polled = usePoll(poll);
  return (
    <div className="grid max-w-[860px] gap-3 px-4 pt-1 pb-4 sm:pl-10">
      <PolledState polled={polled} onRetry={() => void poll.running.get()?.refresh()} />
      {polled.kind === "ready" ? <Facts {...props} details={polled.value} /> : null}
      <p className="flex flex-wrap gap-4">
        <Link
          className="text-accent underline"
          href={`/diag/?f=${encodeURIComponent(clientId)}`}
          prefetch={false}
        >
          {texts.nodes.findings}
        </Link>
      </p>
      <SendOff {...props} />
    </div>
  );
}

/** MQTT 5: for ever. */
const FOR_EVER = 0xffff_ffff;

function Facts({ client, details }: ClientFactsProps & { readonly details: ClientDetails }) {
  const { isClean, keepAliveSeconds, expirySeconds, inFlight, outgoingBytes, will } = details;
  const expiry =
    expirySeconds === FOR_EVER
      ? words.forEver
      : expirySeconds === 0
        ? words.endsAtOnce
        : formatSpan(expirySeconds * 1000);
  return (
    <>
      <dl>
        <Fact name={words.facts.id} value={client.clientId} copy={client.clientId} />
        <Fact name={words.facts.since} value={formatDateTime(client.since)} />
        <Fact
          name={words.facts.lastEnd}
          isFigures={false}
          value={
            client.lastEnd === null
              ? words.noEnd
              : words.lastEnd(formatDateTime(client.lastEnd.at), client.lastEnd.because)
          }
        />
        <Fact
          name={words.facts.keepAlive}
          value={keepAliveSeconds === 0 ? words.noKeepAlive : formatSpan(keepAliveSeconds * 1000)}
        />
        <Fact
          name={words.facts.session}
          value={isClean ? words.clean(expiry) : words.kept(expiry)}
        />
        <Fact
          name={words.facts.counts}
          value={words.counts(formatCount(client.received), formatCount(client.sent))}
        />
        <Fact
          name={words.facts.queue}
          value={words.queue(
            formatCount(client.queued),
            formatCount(inFlight),
            formatCount(outgoingBytes),
          )}
        />
        <Fact
          name={words.facts.will}
          value={will === null ? words.noWill : words.will(will.topic, will.qos, will.retain)}
        />
      </dl>
      <Subscriptions list={details.subscriptions} />
    </>
  );
}

function Subscriptions({ list }: { readonly list: ClientDetails["subscriptions"] }) {
  return (
    <section>
      <h3 className="text-xs font-semibold text-mute">{words.facts.subscriptions}</h3>
      {list.length === 0 ? <p className="mt-1 text-mute">{words.noSubscriptions}</p> : null}
      <ul className="figures mt-1 grid gap-0.5 text-xs">
        {list.map(({ filter, qos }) => (
          <li key={filter} className="wrap-anywhere">
            {visibleText(filter).text} <span className="text-mute">{words.qos(qos)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
