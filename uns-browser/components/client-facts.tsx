"use client";
import Link from "next/link";
import { useMemo, useRef, useState } from "react";
import { disconnectUrl, parseClientDetails, type ClientDetails } from "../lib/clients.ts";
import { formatCount, formatDateTime, formatSpan } from "../lib/format.ts";
import { askHub, sentenceOf } from "../lib/hub-request.ts";
import { asking } from "../lib/poll.ts";
import { mayIn } from "../lib/session.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { sendToHub } from "./browser-world.ts";
import type { ClientRowProps } from "./client-row.tsx";
import { Fact } from "./facts.tsx";
import { PolledState } from "./page-shell.tsx";
import { useSession } from "./use-account.ts";
import { pagePoll, usePoll } from "./use-poll.ts";

const { clients: words } = texts;

type ClientFactsProps = Omit<ClientRowProps, "isLinked">;

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
      <section>
        <h3 className="text-xs font-semibold text-mute">{words.facts.subscriptions}</h3>
        {details.subscriptions.length === 0 ? (
          <p className="mt-1 text-mute">{words.noSubscriptions}</p>
        ) : null}
        <ul className="figures mt-1 grid gap-0.5 text-xs">
          {details.subscriptions.map(({ filter, qos }) => (
            <li key={filter} className="wrap-anywhere">
              {visibleText(filter).text} <span className="text-mute">{words.qos(qos)}</span>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}

/** Asks before it sends a client off, says what that means, and what came of it. */
function SendOff({ client, account, isOld, onChanged }: ClientFactsProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [said, setSaid] = useState<string | null>(null);
  const session = useSession(account);
  if (session === null) return null;
  const mayEnd = mayIn(session, "end clients");
  const because = mayEnd ? (isOld ? texts.entry.unreachable : null) : words.role;
  const send = async (endSession: boolean): Promise<void> => {
    dialog.current?.close();
    const answer = await askHub(sendToHub, "DELETE", disconnectUrl(client.clientId, endSession));
    setSaid(answer.kind === "done" ? words.sentOff : sentenceOf(answer));
    onChanged();
  };
  return (
    <div className="grid gap-1.5">
      <button
        type="button"
        className="push-button justify-self-start"
        aria-disabled={because !== null}
        onClick={() => (because === null ? dialog.current?.showModal() : undefined)}
      >
        {client.isConnected ? words.disconnect : words.endSession}
      </button>
      {because === null ? null : <p className="text-mute">{because}</p>}
      <output>{said}</output>
      <dialog ref={dialog} className="sheet w-[min(520px,calc(100vw-32px))]">
        <h3 className="text-[15px] font-semibold wrap-anywhere">
          {words.ask(visibleText(client.clientId).text)}
        </h3>
        <p className="mt-2">{client.isConnected ? words.meaning : words.meaningAway}</p>
        <div className="mt-4 flex flex-wrap justify-end gap-2">
          <form method="dialog">
            <button type="submit" className="push-button">
              {words.cancel}
            </button>
          </form>
          {client.isConnected ? (
            <button type="button" className="push-button" onClick={() => void send(false)}>
              {words.disconnectOnly}
            </button>
          ) : null}
          <button type="button" className="push-button" onClick={() => void send(true)}>
            {client.isConnected ? words.disconnectAndEnd : words.endSession}
          </button>
        </div>
      </dialog>
    </div>
  );
}
