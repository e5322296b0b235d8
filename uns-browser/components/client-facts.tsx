"use client";
import Link from "next/link";
import { useMemo } from "react";
import { detailsAsker, type ClientDetails } from "../lib/client-details.ts";
import { FOR_EVER } from "../lib/clients.ts";
import { formatCount, formatDateTime, formatSpan } from "../lib/format.ts";
import { inOurLanguage } from "../lib/hub-words.ts";
import { formatBytes } from "../lib/settings.ts";
import { texts } from "../lib/texts.ts";
import { ClientLife, ClientProofFacts, ClientSubscriptions } from "./client-life.tsx";
import { ClientPublishes } from "./client-publishes.tsx";
import type { ClientRowProps } from "./client-row.tsx";
import { SendOff } from "./client-send-off.tsx";
import { Fact } from "./facts.tsx";
import { PolledState } from "./page-shell.tsx";
import { pagePoll, usePoll } from "./use-poll.ts";

const { clients: words } = texts;

export type ClientFactsProps = ClientRowProps;

/** What a client says and hears, what it leaves behind, what happened to it, and how to send it off. */
export function ClientFacts(props: ClientFactsProps) {
  const { clientId } = props.client;
  const poll = useMemo(
    () => pagePoll({ everyMs: 3000, ask: detailsAsker(clientId, Date.now) }),
    [clientId],
  );
  const polled = usePoll(poll);
  return (
    <div className="grid gap-3 px-4 pt-1 pb-4 sm:pl-10">
      <PolledState polled={polled} onRetry={() => void poll.running.get()?.refresh()} />
      {polled.kind === "ready" ? (
        <div className="grid gap-x-10 gap-y-3 xl:grid-cols-2">
          <div className="grid content-start gap-3">
            <Facts {...props} details={polled.value} />
            <ClientSubscriptions list={polled.value.subscriptions} />
          </div>
          <div className="grid content-start gap-3">
            <ClientPublishes published={polled.value.published} />
            <ClientProofFacts proof={polled.value.proof} now={polled.at} />
            <ClientLife events={polled.value.events} />
          </div>
        </div>
      ) : null}
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

function Facts({ client, details }: ClientFactsProps & { readonly details: ClientDetails }) {
  const { outgoingBytes, will } = details;
  const { counted, queue, inFlight, keepAliveSeconds, lastEnd } = client;
  return (
    <dl>
      <Fact name={words.facts.id} value={client.clientId} copy={client.clientId} />
      {client.username === null ? null : <Fact name={words.facts.user} value={client.username} />}
      <Fact
        name={words.facts.address}
        value={`${inOurLanguage(client.address)} · ${words.mqtt(client.protocol)}`}
      />
      <Fact name={words.facts.since} value={formatDateTime(client.since)} />
      <Fact
        name={words.facts.lastEnd}
        isFigures={false}
        value={
          lastEnd === null
            ? words.noEnd
            : words.lastEnd(formatDateTime(lastEnd.at), inOurLanguage(lastEnd.because))
        }
      />
      <Fact
        name={words.facts.keepAlive}
        value={keepAliveSeconds === 0 ? words.noKeepAlive : formatSpan(keepAliveSeconds * 1000)}
      />
      <Fact name={words.facts.session} value={sessionText(client)} />
      <Fact
        name={words.facts.counts}
        value={words.counts(formatCount(counted.received), formatCount(counted.sent))}
      />
      <Fact
        name={words.facts.bytes}
        value={words.bytes(formatBytes(counted.receivedBytes), formatBytes(counted.sentBytes))}
      />
      <Fact
        name={words.facts.queue}
        value={words.queue(
          formatCount(queue.messages),
          formatCount(inFlight),
          formatCount(outgoingBytes),
        )}
      />
      <Fact
        name={words.facts.will}
        value={will === null ? words.noWill : words.will(will.topic, will.qos, will.retain)}
      />
    </dl>
  );
}

function sessionText({ isClean, expirySeconds }: ClientFactsProps["client"]): string {
  const expiry =
    expirySeconds === FOR_EVER
      ? words.forEver
      : expirySeconds === 0
        ? words.endsAtOnce
        : formatSpan(expirySeconds * 1000);
  return isClean ? words.clean(expiry) : words.kept(expiry);
}
