import { useEffect, useRef } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { copiedText, paste } from "../lib/tag-actions.ts";
import { selectionOf } from "../lib/tag-cursor.ts";
import { actionWorld, teller } from "./table-commands.ts";
import type { TableWorld } from "./use-tag-table.ts";

const { cells } = words;

/**
 * Copy and paste of cells while the table has the focus. A browser tells them where the last selected text is, which may be
 * anywhere: the document hears of them all.
 */
export function useTableClipboard(world: TableWorld): void {
  const newest = useRef(world);
  useEffect(() => {
    newest.current = world;
  });
  useEffect(() => {
    const isHere = (): boolean => {
      const { scroller, typed } = newest.current;
      return typed === null && scroller.current?.contains(document.activeElement) === true;
    };
    const onPaste = (event: ClipboardEvent): void => {
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (!isHere() || !newest.current.canEdit || text === "") return;
      event.preventDefault();
      const { cursor } = newest.current;
      void paste(actionWorld(newest.current), selectionOf(cursor), text).then(
        teller(newest.current),
      );
    };
    const onCopy = (event: ClipboardEvent): void => {
      if (!isHere()) return;
      event.preventDefault();
      const { cursor, say } = newest.current;
      const text = copiedText(actionWorld(newest.current), selectionOf(cursor));
      if (text === null) return say(cells.tooMuchToCopy);
      event.clipboardData?.setData("text/plain", text);
      say(cells.copied);
    };
    document.addEventListener("paste", onPaste);
    document.addEventListener("copy", onCopy);
    return () => {
      document.removeEventListener("paste", onPaste);
      document.removeEventListener("copy", onCopy);
    };
  }, []);
}
