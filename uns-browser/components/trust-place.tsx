"use client";
import {
  commonName,
  day,
  fingerprint,
  validity,
  type Certificate,
  type Folder,
  type RevocationList,
  type StoredCertificate,
  type TrustPlace,
} from "../lib/certificates.ts";
import { texts } from "../lib/texts.ts";
import type { Decision, TrustPage } from "../lib/trust.ts";
import { Fact } from "./facts.tsx";
import { Icon, type IconName } from "./icons.tsx";
import { useSignal } from "./use-signal.ts";

const { trust: words } = texts;

/** What needs a person comes first. */
const ORDER: Readonly<Record<Folder, number>> = { waiting: 0, trusted: 1, issuers: 2, rejected: 3 };
const SIGNS: Readonly<Record<Folder, readonly [icon: IconName, colour: string]>> = {
  waiting: ["clock", "text-stale"],
  trusted: ["check", "text-good"],
  issuers: ["check", "text-good"],
  rejected: ["cross", "text-bad"],
};

/** Certificates of the servers of one adapter, of the clients of the hub, or of users. */
export function Place({
  page,
  place,
  now,
  mayDecide,
}: {
  readonly page: TrustPage;
  readonly place: TrustPlace;
  readonly now: number;
  readonly mayDecide: boolean;
}) {
  const { title, none } = headOf(place);
  const sorted = place.certificates.toSorted((a, b) => ORDER[a.folder] - ORDER[b.folder]);
  const waiting = sorted.filter(({ folder }) => folder === "waiting").length;
  return (
    <section className="rounded-lg border border-line bg-panel">
      <h3 className="flex items-center gap-3 px-4 py-2.5 font-semibold">
        {title}
        {waiting === 0 ? null : (
          <span className="text-xs font-medium text-stale">{words.waiting(waiting)}</span>
        )}
      </h3>
      {sorted.length === 0 ? (
        <p className="border-t border-line px-4 py-3 text-mute">{none}</p>
      ) : null}
      <ul>
        {sorted.map((certificate) => (
          <li
            key={`${certificate.folder} ${certificate.sha256}`}
            className="border-t border-line"
            data-folder={certificate.folder}
          >
            <Stored {...{ page, certificate, now, mayDecide }} place={place.id} />
          </li>
        ))}
      </ul>
      {place.lists.map((list) => (
        <List key={`${list.issuer} ${list.madeAt}`} list={list} now={now} />
      ))}
    </section>
  );
}

function headOf({ id, adapter }: TrustPlace): { readonly title: string; readonly none: string } {
  if (adapter !== null) return { title: words.servers(adapter), none: words.noneServers };
  if (id === "users") return { title: words.users, none: words.noneUsers };
  return { title: words.clients, none: words.noneClients };
}

/** What an issuer took back; files of the store decide, nothing is to be done here. */
function List({ list, now }: { readonly list: RevocationList; readonly now: number }) {
  const { issuer, revoked, madeAt, nextAt, isSigned } = list;
  const dates = words.listOf(day(madeAt), nextAt === null ? null : day(nextAt));
  return (
    <p className="flex flex-wrap gap-x-3 border-t border-line px-4 py-2.5" data-list={issuer}>
      <span className="min-w-0 wrap-anywhere">{words.list(commonName(issuer), revoked)}</span>
      <span className="text-xs text-mute">{dates}</span>
      {nextAt !== null && nextAt < now ? (
        <span className="text-xs text-stale">{words.listOld}</span>
      ) : null}
      {isSigned ? null : <span className="text-xs text-stale">{words.listUnsigned}</span>}
    </p>
  );
}

interface StoredProps {
  readonly page: TrustPage;
  readonly place: string;
  readonly certificate: StoredCertificate;
  readonly now: number;
  readonly mayDecide: boolean;
}

/** Open while it waits: nobody should decide about what he has not seen. */
function Stored({ page, place, certificate, now, mayDecide }: StoredProps) {
  const { folder, subject } = certificate;
  const [icon, colour] = SIGNS[folder];
  return (
    <details open={folder === "waiting"} className="group">
      <summary className="flex cursor-pointer list-none flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5 hover:bg-panel2">
        <Icon name="chevron" className="size-3.5 text-mute group-open:rotate-90" />
        <Icon name={icon} className={`size-4 ${colour}`} />
        <span className="min-w-0 font-medium wrap-anywhere">{commonName(subject)}</span>
        <span className={`text-xs ${colour}`}>{words.folders[folder]}</span>
        <Warning certificate={certificate} now={now} />
      </summary>
      <div className="px-4 pt-1 pb-4 sm:pl-[4.4rem]">
        <Details certificate={certificate} />
        {mayDecide ? <Decisions {...{ page, place, certificate }} /> : null}
      </div>
    </details>
  );
}

const OFFERED: Readonly<Record<Folder, readonly Decision[]>> = {
  waiting: ["trust", "trust issuer", "reject"],
  trusted: ["reject"],
  issuers: [],
  rejected: ["trust"],
};

function Decisions({
  page,
  place,
  certificate: { folder, sha256, subject, chain },
}: Pick<StoredProps, "page" | "place" | "certificate">) {
  const busy = useSignal(page.busy);
  const offered = OFFERED[folder].filter((each) => each !== "trust issuer" || chain.length > 0);
  if (offered.length === 0) return null;
  return (
    <div className="mt-3 flex flex-wrap gap-2">
      {offered.map((decision) => {
        const label =
          folder === "trusted" && decision === "reject" ? words.undo : words.decide[decision];
        return (
          <button
            key={decision}
            type="button"
            className={folder === "waiting" && decision === "trust" ? "main-button" : "push-button"}
            aria-label={`${label}: ${commonName(subject)}`}
            aria-disabled={busy !== null}
            onClick={() => void page.decide(place, sha256, decision)}
          >
            {label}
          </button>
        );
      })}
    </div>
  );
}

function Details({ certificate }: { readonly certificate: StoredCertificate | Certificate }) {
  const { subject, issuer, isSelfSigned, applicationUri, hosts, validFrom, validTo } = certificate;
  const { sha256, sha1 } = certificate;
  return (
    <dl className="grid gap-y-0.5">
      <Fact name={words.sha256} value={fingerprint(sha256)} copy={sha256} />
      <Fact name={words.sha1} value={fingerprint(sha1)} copy={sha1} />
      <Fact name={words.subject} value={subject} isFigures={false} />
      <Fact name={words.signedBy} value={isSelfSigned ? words.itself : issuer} isFigures={false} />
      <Fact name={words.application} value={applicationUri ?? words.namesNone} isFigures={false} />
      <Fact name={words.hosts} value={hosts.join(", ") || words.namesNone} isFigures={false} />
      <Fact
        name={words.valid}
        value={words.until(day(validFrom), day(validTo))}
        isFigures={false}
      />
    </dl>
  );
}

function Warning({
  certificate,
  now,
}: {
  readonly certificate: Certificate;
  readonly now: number;
}) {
  const state = validity(certificate, now);
  if (state === "valid") return null;
  const on = day(state === "early" ? certificate.validFrom : certificate.validTo);
  const colour = state === "soon" ? "text-stale" : "text-bad";
  return <span className={`text-xs ${colour}`}>{words[state](on)}</span>;
}

/** What others must trust. */
export function OwnCertificate({
  certificate,
  now,
}: {
  readonly certificate: Certificate | null;
  readonly now: number;
}) {
  return (
    <section className="rounded-lg border border-line bg-panel px-4 py-3">
      <h3 className="flex items-center gap-3 font-semibold">
        {words.own}
        {certificate === null ? null : <Warning certificate={certificate} now={now} />}
      </h3>
      {certificate === null ? (
        <p className="mt-1 text-mute">{words.ownNone}</p>
      ) : (
        <>
          <p className="mt-1 mb-2 text-mute">{words.ownHelp}</p>
          <Details certificate={certificate} />
          <a className="push-button mt-3 inline-block" href="/api/v1/opcua/certificate" download>
            {words.download}
          </a>
        </>
      )}
    </section>
  );
}
