"use client";
import { useCallback, useState } from "react";

/** The heading of a step; where a step takes the place of another, it has the focus, which would be lost otherwise. */
export function StepHead({
  title,
  isFocused,
}: {
  readonly title: string;
  readonly isFocused: boolean;
}) {
  const [isFirst] = useState(isFocused);
  const begin = useCallback(
    (heading: HTMLHeadingElement | null) => (isFirst ? heading?.focus() : undefined),
    [isFirst],
  );
  return (
    <h3
      ref={begin}
      tabIndex={-1}
      className="justify-self-start font-semibold outline-offset-2"
      data-step={title}
    >
      {title}
    </h3>
  );
}
