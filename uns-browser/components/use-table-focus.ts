import { useLayoutEffect, useRef, type FocusEvent, type RefObject } from "react";

interface TableFocus {
  readonly focus: () => void;
  readonly onFocus: () => void;
  readonly onBlur: (event: FocusEvent) => void;
}

/**
 * Whatever of the table has the focus, it is where texts can be typed, if they can: an input method begins only in such a
 * place. With the active cell it goes from one to the next.
 */
export function useTableFocus(scroller: RefObject<HTMLDivElement | null>): TableFocus {
  const isHere = useRef(false);
  const settle = (): void => {
    const place = scroller.current?.querySelector<HTMLElement>(".cell-editor") ?? scroller.current;
    if (place !== document.activeElement) place?.focus({ preventScroll: true });
  };
  // After every drawing: the place before may be gone, and the focus with it.
  useLayoutEffect(() => {
    if (isHere.current) settle();
  });
  return {
    focus: settle,
    onFocus: () => {
      isHere.current = true;
      settle();
    },
    onBlur: ({ relatedTarget }) => {
      const isInside = relatedTarget instanceof Node && scroller.current?.contains(relatedTarget);
      if (isInside !== true && document.hasFocus()) isHere.current = false;
    },
  };
}
