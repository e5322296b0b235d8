/** Promises of a library that may never keep them. */

/** How long to wait, and what ends the wait before. */
export interface Deadline {
  readonly ms: number;
  /** What the wait rejects with when it was too long, or was ended. */
  readonly late: () => Error;
  readonly signal?: AbortSignal;
}

/** The usual word for it. */
export function noAnswerInTime(): Error {
  return new Error("no answer in time");
}

/** The outcome of `promise`, but no later than the deadline; what comes of it afterwards is ignored. */
export async function within<T>(deadline: Deadline, promise: Promise<T>): Promise<T> {
  const { ms, late, signal } = deadline;
  const over = Promise.withResolvers<never>();
  const end = (): void => over.reject(late());
  const timer = setTimeout(end, ms);
  signal?.addEventListener("abort", end, { once: true });
  if (signal?.aborted === true) end();
  try {
    return await Promise.race([promise, over.promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", end);
  }
}
