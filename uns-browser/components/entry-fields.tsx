"use client";
import { useState } from "react";
import type { FormState } from "../lib/entry.ts";
import { texts } from "../lib/texts.ts";
import { Icon } from "./icons.tsx";
import { Labelled } from "./labelled.tsx";

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly help?: string;
  readonly autoComplete: "username" | "current-password" | "new-password" | "off";
  readonly isFocused?: boolean;
  readonly isFigures?: boolean;
}

/** A line to fill in, with its name above and a hint below. */
export function Field({ name, label, help, autoComplete, isFocused, isFigures }: FieldProps) {
  return (
    <Labelled label={label} help={help}>
      {(field) => (
        <input
          {...field}
          name={name}
          className={`text-field ${isFigures === true ? "figures" : ""}`}
          autoComplete={autoComplete}
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- the page is this form and nothing else
          autoFocus={isFocused === true}
        />
      )}
    </Labelled>
  );
}

/** As `Field`; a person may look at what was typed. */
export function PasswordField({ name, label, help, autoComplete }: FieldProps) {
  const [isShown, setIsShown] = useState(false);
  return (
    <Labelled label={label} help={help}>
      {(field) => (
        <div className="relative">
          <input
            {...field}
            name={name}
            type={isShown ? "text" : "password"}
            className="text-field w-full pr-14"
            autoComplete={autoComplete}
          />
          <button
            type="button"
            className="absolute inset-y-0 right-0 px-3 text-xs text-mute hover:text-fg"
            aria-pressed={isShown}
            aria-label={`${isShown ? texts.entry.hide : texts.entry.show}: ${label}`}
            onClick={() => setIsShown(!isShown)}
          >
            {isShown ? texts.entry.hide : texts.entry.show}
          </button>
        </div>
      )}
    </Labelled>
  );
}

/** What went wrong, a warning when the line can be read by others, and the button. */
export function Submit({
  form,
  label,
  busy,
}: {
  readonly form: FormState;
  readonly label: string;
  readonly busy: string;
}) {
  return (
    <>
      <div role="alert" className="empty:hidden">
        {form.problem === null ? null : (
          <p className="notice notice-bad">
            <Icon name="cross" className="mt-0.5 size-4 text-bad" />
            {form.problem}
          </p>
        )}
      </div>
      {isReadable() ? (
        <p className="notice notice-stale">
          <Icon name="unlock" className="mt-0.5 size-4 text-stale" />
          {texts.entry.unencrypted}
        </p>
      ) : null}
      <button type="submit" className="main-button" aria-disabled={form.isBusy}>
        {form.isBusy ? busy : label}
      </button>
    </>
  );
}

/** Whether others can read what is sent: plain HTTP, and not within this machine. */
function isReadable(): boolean {
  return (
    typeof location !== "undefined" && location.protocol === "http:" && !globalThis.isSecureContext
  );
}

/** What was typed into a field of a form. */
export function typed(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}
