"use client";
import type { Entry } from "../lib/entry.ts";
import { texts } from "../lib/texts.ts";
import { Field, PasswordField, Submit, typed } from "./entry-fields.tsx";
import { EntryFrame } from "./entry-frame.tsx";
import { createRunning, useEntry } from "./use-entry.ts";
import { useSignal } from "./use-signal.ts";

const running = createRunning();
const { login, entry } = texts;

/** Name and password; then back to where somebody wanted to go. */
export function LoginPage() {
  const page = useEntry(running, "login", login.page);
  if (page === null) return <EntryFrame title={login.title} state={{ kind: "asking" }} />;
  return <Running page={page} />;
}

function Running({ page }: { readonly page: Entry }) {
  const state = useSignal(page.state);
  const form = useSignal(page.form);
  return (
    <EntryFrame title={login.title} state={state}>
      <form
        className="mt-4 grid gap-4"
        method="post"
        onSubmit={(event) => {
          event.preventDefault();
          const data = new FormData(event.currentTarget);
          void page.signIn(typed(data, "name"), typed(data, "password"));
        }}
      >
        <Field name="name" label={entry.name} autoComplete="username" isFocused />
        <PasswordField name="password" label={entry.password} autoComplete="current-password" />
        <Submit form={form} label={login.submit} busy={login.busy} />
      </form>
      <p className="mt-4 text-xs text-mute">{login.help}</p>
    </EntryFrame>
  );
}
