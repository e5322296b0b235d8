"use client";
import { useState } from "react";
import { formatTime } from "../lib/format.ts";
import { isRecord } from "../lib/hub-request.ts";
import { asking } from "../lib/poll.ts";
import { grantsOf, parseTokens, type Token } from "../lib/settings.ts";
import { texts } from "../lib/texts.ts";
import { CopyButton } from "./copy-button.tsx";
import { Field, typed } from "./entry-fields.tsx";
import { PolledState } from "./page-shell.tsx";
import { Empty, Line, Section } from "./section.tsx";
import { GrantsField, RoleField, SheetButtons, typedRole } from "./settings-fields.tsx";
import { Confirm, Problem, Sheet } from "./sheet.tsx";
import { useChange } from "./use-change.ts";
import { pagePoll, usePoll } from "./use-poll.ts";

const { tokens: words } = texts.settings;
const TOKENS = pagePoll({ everyMs: 15_000, ask: asking("/api/v1/tokens", parseTokens) });
const refresh = (): void => void TOKENS.running.get()?.refresh();
const urlOf = (name: string): string => `/api/v1/tokens/${encodeURIComponent(name)}`;
const DAY_MS = 86_400_000;
const USUAL_DAYS = "90";

/** Passwords of programs. */
export function Tokens() {
  const polled = usePoll(TOKENS);
  const [open, setOpen] = useState<"new" | Token | null>(null);
  const close = (): void => setOpen(null);
  const [tokens, now] = polled.kind === "ready" ? [polled.value, polled.at] : [[], 0];
  return (
    <Section
      title={words.title}
      intro={words.intro}
      action={
        <button type="button" className="push-button" onClick={() => setOpen("new")}>
          {words.add}
        </button>
      }
    >
      <PolledState polled={polled} onRetry={refresh} />
      {polled.kind === "ready" && tokens.length === 0 ? <Empty>{words.none}</Empty> : null}
      <ul>
        {tokens.map((token) => (
          <Line
            key={token.name}
            facts={<TokenFacts token={token} now={now} />}
            buttons={
              <button
                type="button"
                className="push-button"
                aria-label={words.deleteOf(token.name)}
                onClick={() => setOpen(token)}
              >
                {texts.settings.delete}
              </button>
            }
          >
            {token.name}
            <span className="text-xs font-normal text-mute">{token.role}</span>
          </Line>
        ))}
      </ul>
      {open === "new" && polled.kind === "ready" ? <Make now={now} onClose={close} /> : null}
      {open === null || open === "new" ? null : <Delete name={open.name} onClose={close} />}
    </Section>
  );
}

function TokenFacts({ token, now }: { readonly token: Token; readonly now: number }) {
  const { grants, expiresAt, lastUsedAt, createdBy } = token;
  const isOver = expiresAt < now;
  return (
    <>
      <span className="figures wrap-anywhere">
        {grants.length === 0 ? texts.settings.noGrants : grants.join(" · ")}
      </span>
      <span className={isOver ? "text-bad" : ""}>
        {(isOver ? words.over : words.expires)(formatTime(expiresAt).slice(0, 10))}
      </span>
      <span>{lastUsedAt === null ? words.unused : words.used(formatTime(lastUsedAt))}</span>
      <span>{words.by(createdBy)}</span>
    </>
  );
}

/** `now`: by the hub's clock. */
function Make({ now, onClose }: { readonly now: number; readonly onClose: () => void }) {
  const change = useChange();
  const [secret, setSecret] = useState<string | null>(null);
  const submit = async (data: FormData): Promise<void> => {
    const days = Number(typed(data, "days"));
    const expiresAt = now + days * DAY_MS;
    const made = await change.run("PUT", urlOf(typed(data, "name")), {
      role: typedRole(data),
      grants: grantsOf(typed(data, "grants")),
      expiresAt,
    });
    if (made === null) return;
    refresh();
    const told = isRecord(made.value) ? made.value["secret"] : null;
    if (typeof told === "string") setSecret(told);
    else change.fail(texts.notUnderstood);
  };
  return (
    <Sheet title={secret === null ? words.addTitle : words.secret} onClose={onClose}>
      {secret === null ? (
        <form
          className="grid gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            void submit(new FormData(event.currentTarget));
          }}
        >
          <Field name="name" label={words.name} autoComplete="off" isFocused isFigures />
          <RoleField value="viewer" />
          <GrantsField value={["read *"]} />
          <Days />
          <Problem change={change} />
          <SheetButtons change={change} label={words.add} onClose={onClose} />
        </form>
      ) : (
        <>
          <p>{words.secretHelp}</p>
          <p className="mt-3 flex items-start gap-2 rounded-md border border-line bg-bg p-3">
            <code className="figures min-w-0 flex-1 break-all" data-secret>
              {secret}
            </code>
            <CopyButton text={secret} what={words.secret} />
          </p>
        </>
      )}
    </Sheet>
  );
}

function Days() {
  return (
    <label className="grid gap-1 font-medium">
      {words.days}
      <input
        name="days"
        type="number"
        min={1}
        max={365}
        required
        defaultValue={USUAL_DAYS}
        className="text-field figures w-28 font-normal"
      />
    </label>
  );
}

function Delete({ name, onClose }: { readonly name: string; readonly onClose: () => void }) {
  const change = useChange();
  const yes = async (): Promise<void> => {
    if ((await change.run("DELETE", urlOf(name))) === null) return;
    refresh();
    onClose();
  };
  return (
    <Confirm
      title={words.deleteTitle(name)}
      help={words.deleteHelp}
      label={words.deleteOf(name)}
      change={change}
      onYes={() => void yes()}
      onClose={onClose}
    />
  );
}
