"use client";
import dynamic from "next/dynamic";
import type { Signal } from "../lib/signal.ts";
import type { Making } from "../lib/tag-cells.ts";
import type { Draft } from "../lib/tag-draft.ts";
import type { TagPlaces } from "../lib/tag-read.ts";
import type { TagRow } from "../lib/tag-rows.ts";
import type { Tag, TagKeys } from "../lib/tags.ts";
import { loaded } from "./loaded.tsx";

/** What stands over the tags. */
export type Open =
  | {
      readonly kind: "tag";
      readonly key: string | null;
      readonly tag: Tag | null;
      /** What its value is made of is wanted. */
      readonly isRaw: boolean;
    }
  | { readonly kind: "repeat"; readonly rows: readonly TagRow[] }
  | { readonly kind: "csv" | "review" | "rollBack" | "replace" | "file" }
  | null;

// Without `ssr: false` they have no boundary of their own: the whole page would be hidden, and lose the focus, until they are here.
const TagSheet = dynamic(() => loaded(async () => (await import("./tag-sheet.tsx")).TagSheet), {
  ssr: false,
});
const CsvSheet = dynamic(() => loaded(async () => (await import("./csv-sheet.tsx")).CsvSheet), {
  ssr: false,
});
const ReviewSheet = dynamic(
  () => loaded(async () => (await import("./review-sheet.tsx")).ReviewSheet),
  { ssr: false },
);
const RollBackSheet = dynamic(
  () => loaded(async () => (await import("./roll-back-sheet.tsx")).RollBackSheet),
  { ssr: false },
);
const ReplaceSheet = dynamic(
  () => loaded(async () => (await import("./replace-sheet.tsx")).ReplaceSheet),
  { ssr: false },
);
const RepeatSheet = dynamic(
  () => loaded(async () => (await import("./repeat-sheet.tsx")).RepeatSheet),
  { ssr: false },
);

const FileSheet = dynamic(() => loaded(async () => (await import("./file-sheet.tsx")).FileSheet), {
  ssr: false,
});

interface TagsOverProps {
  readonly open: Open;
  readonly places: TagPlaces;
  readonly keys: TagKeys;
  readonly making: Making;
  readonly draft: Signal<Draft>;
  /** The draft as the hub takes it. */
  readonly body: object | null;
  readonly canEdit: boolean;
  /** The draft. */
  readonly onApplied: () => void;
  /** Something else, beside which the draft stays. */
  readonly onChanged: () => void;
  readonly onClose: () => void;
}

/** What stands over the tags, if anything does; a review stays when its draft is applied and gone. */
export function TagsOver({ open, body, places, ...rest }: TagsOverProps) {
  const { adapter, device } = places;
  const { keys, making, draft, canEdit, onApplied, onChanged, onClose } = rest;
  switch (open?.kind) {
    case undefined:
      return null;
    case "tag":
      return (
        <TagSheet
          {...{ adapter, device, keys, draft, canEdit, onClose }}
          tag={open.tag}
          tagKey={open.key}
          isRaw={open.isRaw}
        />
      );
    case "csv":
      return <CsvSheet {...{ adapter, device, onClose }} onApplied={onChanged} />;
    case "review":
      return <ReviewSheet {...{ adapter, onApplied, onClose }} body={body ?? {}} />;
    case "rollBack":
      return <RollBackSheet onApplied={onChanged} onClose={onClose} />;
    case "file":
      return <FileSheet onClose={onClose} />;
    case "replace":
      return <ReplaceSheet {...{ places, making, draft, onClose }} />;
    case "repeat":
      return <RepeatSheet {...{ adapter, device, draft, onClose }} rows={open.rows} />;
  }
}
