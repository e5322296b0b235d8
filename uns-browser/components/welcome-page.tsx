"use client";
import Link from "next/link";
import type { Entry } from "../lib/entry.ts";
import { texts } from "../lib/texts.ts";
import { CheckList } from "./check-list.tsx";
import { Field, PasswordField, Submit, typed } from "./entry-fields.tsx";
import { EntryFrame } from "./entry-frame.tsx";
import { createRunning, useEntry } from "./use-entry.ts";
import { useSignal } from "./use-signal.ts";

const running = createRunning();
const { welcome, entry } = texts;

/** The first administrator, by the code that only those know who can see the hub's console or files. */
export function WelcomePage() {
  const page = useEntry(running, "welcome", welcome.page);
  if (page === null) return <EntryFrame title={welcome.title} state={{ kind: "asking" }} />;
  return <Running page={page} />;
}

function Running({ page }: { readonly page: Entry }) {
  const state = useSignal(page.state);
  const isClosed = state.kind === "closed";
  if (state.kind === "open") {
    return (
      <EntryFrame title={welcome.stepsTitle} state={state}>
        <CheckList />
      </EntryFrame>
    );
  }
  return (
    <EntryFrame title={isClosed ? welcome.closed : welcome.title} state={state}>
      {isClosed ? <Closed /> : <FirstAdminForm page={page} />}
    </EntryFrame>
  );
}

function Closed() {
  return (
    <>
      <p className="mt-1.5 text-mute">{welcome.closedHelp}</p>
      <Link className="mt-4 inline-block text-accent underline" href="/login/" prefetch={false}>
        {welcome.login}
      </Link>
    </>
  );
}

function FirstAdminForm({ page }: { readonly page: Entry }) {
  const form = useSignal(page.form);
  return (
    <>
      <p className="mt-1.5 text-mute">{welcome.intro}</p>
      <form
        className="mt-4 grid gap-4"
        method="post"
        onSubmit={(event) => {
          event.preventDefault();
          const data = new FormData(event.currentTarget);
          const [code, name] = [typed(data, "code"), typed(data, "name")];
          const [password, again] = [typed(data, "password"), typed(data, "again")];
          void page.makeFirstAdmin({ code, name, password, again });
        }}
      >
        <Field
          name="code"
          label={welcome.code}
          help={welcome.codeHelp}
          autoComplete="off"
          isFocused
          isFigures
        />
        <Field name="name" label={entry.name} help={welcome.nameHelp} autoComplete="username" />
        <PasswordField
          name="password"
          label={entry.password}
          help={welcome.passwordHelp}
          autoComplete="new-password"
        />
        <PasswordField name="again" label={welcome.again} autoComplete="new-password" />
        <Submit form={form} label={welcome.submit} busy={welcome.busy} />
      </form>
    </>
  );
}
