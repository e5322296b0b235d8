"use client";
import { useId, useRef, useState } from "react";
import { BAN_MINUTES, banUrl, disconnectUrl, type Client } from "../lib/clients.ts";
import { formatSpan } from "../lib/format.ts";
import { askHub, sentenceOf } from "../lib/hub-request.ts";
import { mayIn } from "../lib/session.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { sendToHub } from "./browser-world.ts";
import type { ClientFactsProps } from "./client-facts.tsx";
import { useSession } from "./use-account.ts";

const { clients: words } = texts;
const SHEET = "sheet w-[min(520px,calc(100vw-32px))]";

/** What is done with a client: sent off, with its session or without; or kept out for so many minutes, or for good. */
type Wish = "disconnect" | "end" | { readonly minutes: number | null; readonly reason: string };

/** Asks before it sends a client off or keeps it out, says what that means, and what came of it. */
export function SendOff({ client, account, isOld, onChanged }: ClientFactsProps) {
  const sendingOff = useRef<HTMLDialogElement>(null);
  const banning = useRef<HTMLDialogElement>(null);
  const [said, setSaid] = useState<string | null>(null);
  const id = useId();
  const session = useSession(account);
  if (session === null) return null;
  const mayEnd = mayIn(session, "end clients");
  const because = mayEnd ? (isOld ? texts.entry.unreachable : null) : words.role;
  const isFree = because === null;
  const send = async (wish: Wish): Promise<void> => {
    sendingOff.current?.close();
    banning.current?.close();
    const answer = await askFor(client.clientId, wish);
    setSaid(answer.kind === "done" ? words.sentOff : sentenceOf(answer));
    onChanged();
  };
  return (
    <div className="grid gap-1.5">
      <div className="flex flex-wrap gap-2">
        <button
          type="button"
          className="push-button"
          aria-disabled={!isFree}
          onClick={() => (isFree ? sendingOff.current?.showModal() : undefined)}
        >
          {client.isConnected ? words.disconnect : words.endSession}
        </button>
        <button
          type="button"
          className="push-button"
          aria-disabled={!isFree}
          onClick={() => (isFree ? banning.current?.showModal() : undefined)}
        >
          {words.ban}
        </button>
      </div>
      {because === null ? null : <p className="text-mute">{because}</p>}
      <output>{said}</output>
      <dialog ref={sendingOff} aria-labelledby={`${id}off`} className={SHEET}>
        <SendOffForm id={`${id}off`} client={client} onSend={(wish) => void send(wish)} />
      </dialog>
      <dialog ref={banning} aria-labelledby={`${id}ban`} className={SHEET}>
        <BanForm id={`${id}ban`} clientId={client.clientId} onBan={(wish) => void send(wish)} />
      </dialog>
    </div>
  );
}

interface SendOffFormProps {
  /** Of its heading. */
  readonly id: string;
  readonly client: Client;
  readonly onSend: (wish: "disconnect" | "end") => void;
}

function SendOffForm({ id, client, onSend }: SendOffFormProps) {
  return (
    <>
      <h3 id={id} className="text-[15px] font-semibold wrap-anywhere">
        {words.ask(visibleText(client.clientId).text)}
      </h3>
      <p className="mt-2">{client.isConnected ? words.meaning : words.meaningAway}</p>
      <div className="mt-4 flex flex-wrap justify-end gap-2">
        <Cancel />
        {client.isConnected ? (
          <button type="button" className="push-button" onClick={() => onSend("disconnect")}>
            {words.disconnectOnly}
          </button>
        ) : null}
        <button type="button" className="push-button" onClick={() => onSend("end")}>
          {client.isConnected ? words.disconnectAndEnd : words.endSession}
        </button>
      </div>
    </>
  );
}

function Cancel() {
  return (
    <form method="dialog">
      <button type="submit" className="push-button">
        {words.cancel}
      </button>
    </form>
  );
}

interface BanFormProps {
  /** Of its heading. */
  readonly id: string;
  readonly clientId: string;
  readonly onBan: (wish: Exclude<Wish, string>) => void;
}

function BanForm({ id, clientId, onBan }: BanFormProps) {
  const [minutes, setMinutes] = useState<number | null>(BAN_MINUTES[1]);
  const [reason, setReason] = useState("");
  return (
    <>
      <h3 id={id} className="text-[15px] font-semibold wrap-anywhere">
        {words.askBan(visibleText(clientId).text)}
      </h3>
      <p className="mt-2">{words.banMeaning}</p>
      <fieldset className="button-row mt-3" aria-label={words.banFor}>
        {BAN_MINUTES.map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={one === minutes}
            onClick={() => setMinutes(one)}
          >
            {one === null ? words.banForEver : formatSpan(one * 60_000)}
          </button>
        ))}
      </fieldset>
      <label className="mt-3 grid gap-1">
        {words.banReason}
        <input
          className="text-field"
          value={reason}
          maxLength={500}
          onChange={(event) => setReason(event.target.value)}
        />
      </label>
      <div className="mt-4 flex flex-wrap justify-end gap-2">
        <Cancel />
        <button
          type="button"
          className="push-button"
          onClick={() => onBan({ minutes, reason: reason.trim() })}
        >
          {words.banConfirm(minutes === null ? null : formatSpan(minutes * 60_000))}
        </button>
      </div>
    </>
  );
}

function askFor(clientId: string, wish: Wish): ReturnType<typeof askHub> {
  if (typeof wish === "string")
    return askHub(sendToHub, "DELETE", disconnectUrl(clientId, wish === "end"));
  const { minutes, reason } = wish;
  const body = { minutes, ...(reason !== "" && { reason }) };
  return askHub(sendToHub, "PUT", banUrl(clientId), body);
}
