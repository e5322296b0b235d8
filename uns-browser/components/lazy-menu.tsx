"use client";
import { useState, type ReactNode } from "react";
import { Icon, type IconName } from "./icons.tsx";

interface LazyMenuProps {
  readonly id: string;
  readonly label: string;
  /** Instead of the label, where there is little room. */
  readonly icon?: IconName;
  /** What stands in it while it is open. */
  readonly children: (close: () => void) => ReactNode;
}

/** A button with a menu that is made when it is opened. */
export function LazyMenu({ id, label, icon, children }: LazyMenuProps) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <div>
      <button
        type="button"
        popoverTarget={id}
        className={icon === undefined ? "push-button px-2! py-0.5! text-xs" : "icon-button size-7!"}
        {...(icon !== undefined && { "aria-label": label, title: label })}
      >
        {icon === undefined ? label : <Icon name={icon} />}
      </button>
      <div
        popover="auto"
        id={id}
        className="account-menu look-menu"
        onToggle={(event) => setIsOpen(event.newState === "open")}
      >
        {isOpen ? children(() => document.getElementById(id)?.hidePopover()) : null}
      </div>
    </div>
  );
}
