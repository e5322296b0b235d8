import { Fragment, type ReactNode } from "react";
import { visibleText } from "../lib/visible.ts";
import { CopyButton } from "./copy-button.tsx";
import { EmptyName } from "./shown-name.tsx";

/** A headed list of facts. */
export function Facts({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ReactNode;
}) {
  return (
    <section className="border-t border-line px-4 py-3">
      <h3 className="mb-1.5 text-xs font-semibold text-mute">{title}</h3>
      <dl className="grid gap-y-0.5">{children}</dl>
    </section>
  );
}

export interface FactProps {
  readonly name: string;
  /** The true text; what cannot be seen in it is shown as symbols. */
  readonly value: string;
  /** What the copy button copies; left out, there is none. */
  readonly copy?: string;
  readonly isFigures?: boolean;
}

export function Fact({ name, value, copy, isFigures = true }: FactProps) {
  const { text, isEmpty } = visibleText(value);
  return (
    <div className="grid min-h-6 grid-cols-[96px_minmax(0,1fr)_24px] items-start gap-x-2">
      <dt className="py-0.5 text-mute">{name}</dt>
      <dd
        className={`py-0.5 wrap-anywhere whitespace-pre-wrap ${isFigures ? "figures text-xs leading-[19px]" : ""}`}
      >
        {isEmpty ? <EmptyName /> : null}
        {isFigures ? <Breakable path={text} /> : text}
      </dd>
      {copy === undefined ? null : (
        <dd>
          <CopyButton text={copy} what={name} />
        </dd>
      )}
    </div>
  );
}

/** A long path breaks after its slashes first. */
function Breakable({ path }: { readonly path: string }) {
  return path.split("/").map((part, at) => (
    // oxlint-disable-next-line react/no-array-index-key -- the parts of a path have no other identity
    <Fragment key={at}>
      {at === 0 ? null : "/"}
      {at === 0 ? null : <wbr />}
      {part}
    </Fragment>
  ));
}
