/**
 * The query that the address bar was told last. Next draws what the bar was told a moment later, and each time writes
 * into the bar what it has drawn: until that is the last, an older one may stand there, on which nothing must follow.
 */
import { typedAs, withKnown, withText, withTold } from "./typed.ts";

export interface LastTold {
  /** What the next change follows on. `bar`: what stands in the address bar. */
  query(bar: string): string;
  tell(query: string): void;
  /** `search`: what is drawn now, as `URLSearchParams` writes it. */
  drawn(search: string): void;
}

export function createLastTold(search: string): LastTold {
  let last = typedAs(search);
  return {
    query: (bar) => (last.told.length > 0 ? last.text : bar),
    tell(query) {
      last = withTold(withText(last, new URLSearchParams(query).toString()));
    },
    drawn(now) {
      last = withKnown(last, now);
    },
  };
}
