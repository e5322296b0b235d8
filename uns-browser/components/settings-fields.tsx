"use client";
import { ROLES, type Role } from "../lib/settings.ts";
import { texts } from "../lib/texts.ts";
import { typed } from "./entry-fields.tsx";
import { ChoiceField, Labelled } from "./labelled.tsx";
import type { Change } from "./use-change.ts";

const { settings: words } = texts;

export function RoleField({ value }: { readonly value: Role }) {
  return (
    <ChoiceField name="role" label={words.role} defaultValue={value}>
      {ROLES.map((role) => (
        <option key={role} value={role}>
          {words.roles[role]}
        </option>
      ))}
    </ChoiceField>
  );
}

export function typedRole(data: FormData): Role {
  return ROLES.find((role) => role === typed(data, "role")) ?? "viewer";
}

export function GrantsField({ value }: { readonly value: readonly string[] }) {
  return (
    <Labelled label={words.grants} help={words.grantsHelp}>
      {(field) => (
        <textarea
          {...field}
          name="grants"
          rows={3}
          className="text-field figures text-xs"
          spellCheck={false}
          defaultValue={value.join("\n")}
        />
      )}
    </Labelled>
  );
}

export function SheetButtons({
  change,
  label,
  onClose,
}: {
  readonly change: Change;
  readonly label: string;
  readonly onClose: () => void;
}) {
  return (
    <div className="mt-1 flex justify-end gap-2">
      <button type="button" className="push-button" onClick={onClose}>
        {words.cancel}
      </button>
      <button type="submit" className="main-button" aria-disabled={change.isBusy}>
        {change.isBusy ? words.busy : label}
      </button>
    </div>
  );
}
