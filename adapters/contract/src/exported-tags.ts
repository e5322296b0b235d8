/** Tags of a device as another program reads them, and what the format of that program cannot say. */

/** What shall be written. */
export interface ExportWish {
  readonly deviceId: string;
  /** One of `exportFormats`. */
  readonly format: string;
}

/** What the file does not say of a tag, or says otherwise. */
export interface TagLoss {
  readonly tag: string;
  /** The tag is not in the file at all. */
  readonly isLeftOut: boolean;
  /** Keys of the tag, `deadband, validRange`; of one that is left out: why. */
  readonly what: string;
}

/** A file for the other program. */
export interface ExportedTags {
  readonly text: string;
  /** `text/csv`, `application/json`. */
  readonly mediaType: string;
  /** How the other program has to be set, and what holds for many tags: sentences. */
  readonly notes: readonly string[];
  /** In the order of the tags; nothing is lost that is not named here. */
  readonly losses: readonly TagLoss[];
}
