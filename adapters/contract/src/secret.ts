/**
 * Secrets of a configuration: written as `${env:NAME}` or `${file:/path}`, or plainly. They are read when they are
 * needed, so that `unshub check` needs none, a renewed file counts at the next connection, and none can be printed.
 */
import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { z } from "zod";

const REFERENCE = /^\$\{(?:env:(?<name>\w+)|file:(?<file>[^}]+))\}$/;
const HIDDEN = "[secret]";

/** Stands for a secret in a configuration that is shown, and for the same one when it comes back. */
export const KEPT_SECRET = "${kept}";

/** A secret that is where the configuration says; nothing but `read` ever shows it. */
export class Secret {
  readonly #text: string;

  /** `text`: as written in the configuration. */
  constructor(text: string) {
    this.#text = text;
  }

  /**
   * What it is now; the line end of a file is no part of it. Call it where it is used, and keep nothing.
   * @throws {Error} when the variable is not set or the file cannot be read; the message names which.
   */
  read(): string {
    const { name, file } = REFERENCE.exec(this.#text)?.groups ?? {};
    if (name !== undefined) return variable(name);
    return file === undefined ? this.#text : content(file);
  }

  /** Whether two configurations name the same secret. */
  equals(other: Secret): boolean {
    return this.#text === other.#text;
  }

  toJSON(): string {
    return HIDDEN;
  }

  toString(): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}

/** A key of the configuration that holds a secret. */
export const secret: z.ZodType<Secret, string> = z
  .string()
  .min(1, "is empty")
  .superRefine((text, context) => {
    if (text === KEPT_SECRET)
      context.addIssue(
        "stands for a secret that is not shown: write the secret, or a reference to it",
      );
    else if (text.startsWith("${") && !REFERENCE.test(text))
      context.addIssue("a reference to a secret is ${env:NAME} or ${file:/path}"); // the text may be one, so it is not shown
  })
  .transform((text) => new Secret(text))
  .meta({ writeOnly: true });

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") {
    throw new Error(`the environment variable ${name}, which holds a secret, is not set`);
  }
  return value;
}

function content(file: string): string {
  try {
    return readFileSync(file, "utf8").replace(/\r?\n$/, "");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unreadable";
    throw new Error(`${file}, which holds a secret, cannot be read (${code})`, { cause });
  }
}
