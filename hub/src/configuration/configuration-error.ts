/** One thing that is wrong with tags that somebody wants. */
export interface TagFault {
  /** A sentence. */
  readonly message: string;
  /** Whose it is; left out: of a table, or of the whole. */
  readonly tag?: { readonly device: string; readonly name: string };
  /** The key of the tag. */
  readonly field?: string;
  /** Of a table, from 1. */
  readonly line?: number;
  /** Of a table, as its head names it. */
  readonly column?: string;
}

/** It cannot be done; the message says why and that nothing has changed. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  /** Everything that is wrong, where it can be told apart. */
  readonly faults: readonly TagFault[];

  constructor(
    message: string,
    { faults = [], ...options }: ErrorOptions & { readonly faults?: readonly TagFault[] } = {},
  ) {
    super(message, options);
    this.faults = faults;
  }
}
