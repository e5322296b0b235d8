"use client";
import { useState, type ReactNode } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { Icon } from "./icons.tsx";

/** Settings behind a fold. It opens where one is needed, and closes for nobody but who closes it: somebody may type in it. */
export function MoreSettings({
  isNeeded,
  children,
}: {
  readonly isNeeded: boolean;
  readonly children: ReactNode;
}) {
  const [isOpen, setIsOpen] = useState(isNeeded);
  return (
    <details
      className="group"
      open={isOpen || isNeeded}
      onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}
    >
      <summary className="flex min-h-7 cursor-pointer items-center gap-1.5 text-accent">
        <Icon name="chevron" className="size-3.5 group-open:rotate-90" />
        {words.editor.more}
      </summary>
      <div className="mt-2">{children}</div>
    </details>
  );
}
