"use client";
import { useState } from "react";
import { formatTime } from "../lib/format.ts";
import { asking } from "../lib/poll.ts";
import { parseSessions, type PageSession } from "../lib/settings.ts";
import { texts } from "../lib/texts.ts";
import { PasswordField, typed } from "./entry-fields.tsx";
import { PolledState } from "./page-shell.tsx";
import { Empty, Line, Section } from "./section.tsx";
import { Problem } from "./sheet.tsx";
import { useChange } from "./use-change.ts";
import { pagePoll, usePoll } from "./use-poll.ts";

const { own: words } = texts.settings;
const SESSIONS = pagePoll({
  everyMs: 15_000,
  ask: asking("/api/v1/me/sessions", parseSessions),
});

/** One's password, and where one is signed in. */
export function OwnAccount({ isSignedIn }: { readonly isSignedIn: boolean }) {
  return (
    <Section title={words.title}>
      {isSignedIn ? (
        <>
          <Password />
          <Sessions />
        </>
      ) : (
        <Empty>{words.nobody}</Empty>
      )}
    </Section>
  );
}

function Password() {
  const change = useChange();
  const [isChanged, setIsChanged] = useState(false);
  const submit = async (form: HTMLFormElement): Promise<void> => {
    const data = new FormData(form);
    const [current, next] = [typed(data, "current"), typed(data, "next")];
    setIsChanged(false);
    if (current === "" || next === "") return change.fail(words.incomplete);
    if ((await change.run("PUT", "/api/v1/me/password", { current, next })) === null) return;
    form.reset();
    setIsChanged(true);
    void SESSIONS.running.get()?.refresh();
  };
  return (
    <form
      className="grid grid-cols-[minmax(0,420px)] gap-3 border-t border-line px-4 py-3"
      onSubmit={(event) => {
        event.preventDefault();
        void submit(event.currentTarget);
      }}
    >
      <PasswordField name="current" label={words.current} autoComplete="current-password" />
      <PasswordField
        name="next"
        label={words.next}
        help={words.nextHelp}
        autoComplete="new-password"
      />
      <Problem change={change} />
      <output className="text-good empty:hidden">{isChanged ? words.changed : null}</output>
      <button type="submit" className="push-button w-fit" aria-disabled={change.isBusy}>
        {change.isBusy ? texts.settings.busy : words.change}
      </button>
    </form>
  );
}

function Sessions() {
  const polled = usePoll(SESSIONS);
  const change = useChange();
  const end = async ({ id }: PageSession): Promise<void> => {
    await change.run("DELETE", `/api/v1/me/sessions/${encodeURIComponent(id)}`);
    await SESSIONS.running.get()?.refresh();
  };
  return (
    <div className="border-t border-line pt-2.5">
      <h4 className="px-4 pb-1.5 text-xs font-semibold text-mute">{words.sessions}</h4>
      <PolledState polled={polled} onRetry={() => void SESSIONS.running.get()?.refresh()} />
      <Problem change={change} />
      <ul>
        {(polled.kind === "ready" ? polled.value : []).map((session) => (
          <Line
            key={session.id}
            facts={
              <>
                <span>{words.used(formatTime(session.usedAt))}</span>
                <span className="min-w-0 wrap-anywhere">{session.browser}</span>
              </>
            }
            buttons={
              session.isThis ? null : (
                <button
                  type="button"
                  className="push-button"
                  aria-label={words.endOf(session.address)}
                  onClick={() => void end(session)}
                >
                  {words.end}
                </button>
              )
            }
          >
            <span className="figures">{session.address}</span>
            {session.isThis ? (
              <span className="text-xs font-normal text-mute">{words.thisOne}</span>
            ) : null}
          </Line>
        ))}
      </ul>
    </div>
  );
}
