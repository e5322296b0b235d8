"use client";
import { formatCount, formatValue } from "../lib/format.ts";
import type { Namespace } from "../lib/namespace.ts";
import { decodePath, readablePath } from "../lib/path.ts";
import type { PinnedRow } from "../lib/pinned.ts";
import type { PinChange } from "../lib/shared-pins.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { focusTree } from "./focus-tree.ts";
import { Icon, QUALITY_ICONS, type IconName } from "./icons.tsx";
import { pins } from "./kept.ts";
import { useRowVersion, useSignal } from "./use-signal.ts";

const { tools: words } = texts;

interface PinProps {
  readonly page: Namespace;
  readonly pin: PinnedRow;
  /** Everybody has it in view who may read it. */
  readonly isShared: boolean;
  readonly mayShare: boolean;
  /** `done`: what is said when it was done. */
  readonly onChange: (change: PinChange, done: string) => void;
}

export function Pin(props: PinProps) {
  const { page, pin, isShared } = props;
  const { path, row } = pin;
  return (
    <li className="pin" data-pin={path} data-shared={isShared ? "" : undefined}>
      <button type="button" className="pin-name" onClick={() => page.goTo(path)}>
        <Icon name={isShared ? "people" : "pin"} className="size-3 text-mute" />
        <span className="max-w-[22ch] truncate">
          {visibleText(row?.name ?? decodePath(path).at(-1) ?? path).text}
        </span>
        <span className="sr-only">{readablePath(path)}</span>
        {row === null ? (
          <span className="text-mute">{words.pinMissing}</span>
        ) : (
          <PinValue page={page} pin={pin} id={row.id} />
        )}
        {isShared ? <span className="text-xs text-mute">{words.pinShared}</span> : null}
      </button>
      {isShared ? <SharedPinButtons {...props} /> : <OwnPinButtons {...props} />}
    </li>
  );
}

function SharedPinButtons({ pin: { path }, mayShare, onChange }: PinProps) {
  if (!mayShare) return null;
  const name = readablePath(path);
  const stop = (): void => onChange({ remove: [path] }, words.noLongerShared(name));
  return <PinButton icon="cross" label={words.unsharePin(name)} onPress={stop} />;
}

function OwnPinButtons({ pin: { path, row }, mayShare, onChange }: PinProps) {
  const name = readablePath(path);
  const share = (): void => onChange({ add: [path] }, words.nowShared(name));
  const unpin = (): void => {
    focusTree(); // this button goes
    pins.toggle(path);
  };
  return (
    <>
      {mayShare && row !== null ? (
        <PinButton icon="people" label={words.sharePin(name)} onPress={share} />
      ) : null}
      <PinButton icon="cross" label={words.unpinOne(name)} onPress={unpin} />
    </>
  );
}

function PinButton({
  icon,
  label,
  onPress,
}: {
  readonly icon: IconName;
  readonly label: string;
  readonly onPress: () => void;
}) {
  return (
    <button
      type="button"
      className="icon-button size-6!"
      aria-label={label}
      onClick={() => {
        focusTree(); // this button goes
        onPress();
      }}
    >
      <Icon name={icon} className="size-3" />
    </button>
  );
}

interface PinValueProps {
  readonly page: Namespace;
  readonly pin: PinnedRow;
  readonly id: number;
}

function PinValue({ page, pin: { row }, id }: PinValueProps) {
  const isNow = useSignal(page.past.moments).at === null;
  useRowVersion(page.store, id);
  if (row?.kind !== "metric") return <BranchValue counts={isNow ? row?.counts : undefined} />;
  const reading = page.store.read(id);
  const quality = reading?.quality ?? "none";
  return (
    <span className="figures flex items-center gap-1 text-xs" data-quality={quality}>
      {quality === "good" ? null : (
        <Icon name={QUALITY_ICONS[quality]} className="size-3 text-stale" />
      )}
      <span className="font-medium">
        {reading === null ? texts.noValue : formatValue(reading.value, row.datatype).text}
      </span>
      {row.unit === undefined ? null : (
        <span className="text-mute">{visibleText(row.unit).text}</span>
      )}
      {quality === "good" ? null : <span className="sr-only">{texts.qualities[quality]}</span>}
    </span>
  );
}

function BranchValue({ counts }: { readonly counts: NonNullable<PinnedRow["row"]>["counts"] }) {
  if (counts === undefined) return null;
  const { metrics, bad, stale } = counts;
  return (
    <span className="flex items-center gap-1.5 text-xs text-mute">
      {texts.metricsBelow(formatCount(metrics))}
      {bad > 0 ? <span className="text-bad">{texts.badBelow(formatCount(bad))}</span> : null}
      {stale > 0 ? (
        <span className="text-stale">{texts.staleBelow(formatCount(stale))}</span>
      ) : null}
    </span>
  );
}
