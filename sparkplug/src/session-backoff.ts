/** Growing pauses between attempts, so that a server or a node that is down is not hammered. */

export interface BackoffRange {
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * The pause after `attempt` attempts (0 for the first): doubles each time up to the longest, less up to a fifth by
 * chance so that a plant does not come back in step. `random`: from 0 up to, not including, 1.
 */
export function pauseMs(range: BackoffRange, attempt: number, random: number): number {
  const grown = Math.min(range.longestMs, range.firstMs * 2 ** Math.min(attempt, 30));
  return Math.round(grown * (1 - 0.2 * random));
}
