import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useState,
  type Dispatch,
  type SetStateAction,
} from "react";
import { isUntold, typedAs, withKnown, withText, withTold, type Typed } from "../lib/typed.ts";

/** What is typed into a field of which `value` is known elsewhere, a little later. */
export function useTyped(value: string): readonly [Typed, Dispatch<SetStateAction<Typed>>] {
  const [typed, setTyped] = useState(() => typedAs(value));
  // Not set while rendering: of a rendering that React drops for the next letter, that letter would follow on what was set
  // there, and beside the older `value` all that was typed would be taken back.
  // oxlint-disable-next-line react/set-state-in-effect -- see above
  useLayoutEffect(() => setTyped((now) => withKnown(now, value)), [value]);
  return [withKnown(typed, value), setTyped];
}

const WAIT_MS = 300;

/** For what the hub is asked: told once nobody has typed for a moment. `tell` stands still. */
export function useTypedLate(
  value: string,
  tell: (text: string) => void,
): readonly [text: string, type: (text: string) => void] {
  const [typed, setTyped] = useTyped(value);
  const { text } = typed;
  const isDue = isUntold(typed);
  useEffect(() => {
    if (!isDue) return undefined;
    const timer = setTimeout(() => {
      setTyped(withTold);
      tell(text);
    }, WAIT_MS);
    return () => clearTimeout(timer);
  }, [text, isDue, tell, setTyped]);
  const type = useCallback((next: string) => setTyped((now) => withText(now, next)), [setTyped]);
  return [text, type];
}
