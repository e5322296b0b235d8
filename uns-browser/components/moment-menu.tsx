"use client";
import dynamic from "next/dynamic";
import { useRef, useState } from "react";
import type { Namespace } from "../lib/namespace.ts";
import { texts } from "../lib/texts.ts";
import { loaded } from "./loaded.tsx";

/** Loaded when somebody asks for the past for the first time. */
const MomentFields = dynamic(
  () => loaded(() => import("./moment-fields.tsx").then((file) => file.MomentFields)),
  { ssr: false },
);

/** Leads to the past: what changed since a moment, and the tree as it was at one. */
export function MomentMenu({ page }: { readonly page: Namespace }) {
  const menu = useRef<HTMLDivElement>(null);
  const [isOpen, setIsOpen] = useState(false);
  return (
    <div>
      <button
        type="button"
        popoverTarget="moment-menu"
        className="push-button px-2! py-0.5! text-xs"
      >
        {texts.past.open}
      </button>
      <div
        ref={menu}
        popover="auto"
        id="moment-menu"
        className="account-menu look-menu"
        onToggle={(event) => setIsOpen(event.newState === "open")}
      >
        {isOpen ? <MomentFields page={page} onDone={() => menu.current?.hidePopover()} /> : null}
      </div>
    </div>
  );
}
