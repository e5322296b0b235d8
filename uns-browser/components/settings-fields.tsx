"use client";
import { useId } from "react";
import { ROLES, type Role } from "../lib/settings.ts";
import { texts } from "../lib/texts.ts";
import { typed } from "./entry-fields.tsx";
import type { Change } from "./use-change.ts";

const { settings: words } = texts;

export function RoleField({ value }: { readonly value: Role }) {
  const id = useId();
  return (
    <div className="grid gap-1">
      <label htmlFor={id} className="font-medium">
        {words.role}
      </label>
      <select id={id} name="role" className="text-field" defaultValue={value}>
        {ROLES.map((role) => (
          <option key={role} value={role}>
            {words.roles[role]}
          </option>
        ))}
      </select>
    </div>
  );
}

export function typedRole(data: FormData): Role {
  return ROLES.find((role) => role === typed(data, "role")) ?? "viewer";
}

export function GrantsField({ value }: { readonly value: readonly string[] }) {
  const id = useId();
  return (
    <div className="grid gap-1">
      <label htmlFor={id} className="font-medium">
        {words.grants}
      </label>
      <textarea
        id={id}
        name="grants"
        rows={3}
        className="text-field figures text-xs"
        spellCheck={false}
        defaultValue={value.join("\n")}
        aria-describedby={`${id}-help`}
      />
      <p id={`${id}-help`} className="text-xs text-mute">
        {words.grantsHelp}
      </p>
    </div>
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
