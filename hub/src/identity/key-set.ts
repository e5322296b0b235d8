/**
 * The public keys of an OIDC issuer (JWKS): from a file or over the network, kept for ten minutes, fetched again early
 * when a token names a key that is not known, but not more than twice a minute. When the issuer cannot be reached, the
 * keys that it had last count for a day.
 */
import { readFile } from "node:fs/promises";
import type { Logger } from "@unshub/adapter";
import type { createLocalJWKSet, JSONWebKeySet, JWTVerifyGetKey } from "jose";
import { messageOf } from "../caught.ts";

export interface KeySetOptions {
  readonly issuer: string;
  /** File or URL; left out: where the discovery document of the issuer says. */
  readonly jwks?: string | undefined;
  readonly log: Logger;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

/** The keys of an issuer cannot be had now: no token can be judged. */
export class KeySetError extends Error {
  override readonly name = "KeySetError";
}

const FRESH_MS = 600_000;
const AGAIN_MS = 30_000;
const LAST_MS = 86_400_000;
const FETCH_WITHIN_MS = 5000;
const MOST_BYTES = 1_048_576;

interface Keys {
  readonly find: ReturnType<typeof createLocalJWKSet>;
  readonly at: number;
}

export class KeySet {
  readonly #options: KeySetOptions;
  #keys: Keys | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | undefined;

  constructor(options: KeySetOptions) {
    this.#options = options;
  }

  /** The key that a token names. @throws {KeySetError} or what `jose` throws for a key that is not there. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    await this.#refresh(FRESH_MS);
    try {
      return await this.#known().find(header, token);
    } catch (error) {
      if (!isUnknownKey(error)) throw error;
      await this.#refresh(AGAIN_MS);
      return await this.#known().find(header, token);
    }
  };

  #known(): Keys {
    const { issuer, now } = this.#options;
    if (this.#keys !== undefined && now() - this.#keys.at < LAST_MS) return this.#keys;
    throw new KeySetError(`the keys of ${issuer} cannot be had; see the log of the hub`);
  }

  /** Unless what there is is younger, or it was tried just now. */
  async #refresh(olderThanMs: number): Promise<void> {
    const now = this.#options.now();
    if (this.#keys !== undefined && now - this.#keys.at < olderThanMs) return;
    if (this.#loading === undefined && now - this.#triedAt < AGAIN_MS) return;
    this.#triedAt = now;
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
    });
    await this.#loading;
  }

  async #load(): Promise<void> {
    const { issuer, log, now } = this.#options;
    try {
      const { createLocalJWKSet: keySetOf } = await import("jose");
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- jose checks the shape itself and throws
      const keys = (await this.#document()) as JSONWebKeySet;
      this.#keys = { find: keySetOf(keys), at: now() };
    } catch (error) {
      const because = messageOf(error);
      log.error(
        { issuer, because },
        "the keys of an issuer of tokens cannot be read; those known before still count",
      );
    }
  }

  async #document(): Promise<unknown> {
    const { issuer, jwks } = this.#options;
    if (jwks !== undefined && !URL.canParse(jwks)) return JSON.parse(await readFile(jwks, "utf8"));
    return await fetched(jwks ?? (await discovered(issuer)));
  }
}

/** [OpenID Connect Discovery 1.0, 4] */
async function discovered(issuer: string): Promise<string> {
  const document = await fetched(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
  const found: unknown =
    typeof document === "object" && document !== null && "jwks_uri" in document
      ? document.jwks_uri
      : undefined;
  if (typeof found === "string" && isAsSafeAs(issuer, found)) return found;
  throw new KeySetError("its discovery document names no jwks_uri over https");
}

/** No issuer over https sends us to keys without. */
function isAsSafeAs(issuer: string, url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol } = new URL(url);
  return protocol === "https:" || (protocol === "http:" && new URL(issuer).protocol === "http:");
}

async function fetched(url: string): Promise<unknown> {
  const answer = await fetch(url, {
    redirect: "error",
    signal: AbortSignal.timeout(FETCH_WITHIN_MS),
    headers: { accept: "application/json" },
  });
  if (!answer.ok) throw new KeySetError(`${url} answered ${answer.status}`);
  return JSON.parse(await textOf(answer, url));
}

async function textOf(answer: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES)
      throw new KeySetError(`${url} answers with more than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function isUnknownKey(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_JWKS_NO_MATCHING_KEY";
}
