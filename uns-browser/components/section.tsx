import type { ReactNode } from "react";

/** A headed part of a page. */
export function Section({
  title,
  intro,
  action,
  children,
}: {
  readonly title: string;
  readonly intro?: string;
  readonly action?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section className="rounded-lg border border-line bg-panel" aria-label={title}>
      <div className="flex items-start gap-3 px-4 py-2.5">
        <div className="min-w-0">
          <h3 className="font-semibold">{title}</h3>
          {intro === undefined ? null : <p className="mt-0.5 text-mute">{intro}</p>}
        </div>
        <div className="ml-auto shrink-0">{action}</div>
      </div>
      {children}
    </section>
  );
}

/** A line of a list in a section: what it is, facts below, buttons at the end. */
export function Line({
  children,
  facts,
  buttons,
}: {
  readonly children: ReactNode;
  readonly facts?: ReactNode;
  readonly buttons?: ReactNode;
}) {
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1.5 border-t border-line px-4 py-2.5">
      <div className="min-w-0 flex-1 basis-60">
        <p className="flex flex-wrap items-center gap-x-2 font-medium wrap-anywhere">{children}</p>
        {facts === undefined ? null : (
          <div className="flex flex-wrap gap-x-3 text-xs text-mute">{facts}</div>
        )}
      </div>
      <div className="flex gap-2">{buttons}</div>
    </li>
  );
}

export function Empty({ children }: { readonly children: ReactNode }) {
  return <p className="border-t border-line px-4 py-3 text-mute">{children}</p>;
}
