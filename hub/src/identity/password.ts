/**
 * Passwords as argon2id from Node's own crypto, with the parameters beside the hash so that they can grow. Slow on
 * purpose, so never more than a few at once; a right answer is remembered for a minute, or a reconnecting plant would
 * keep the hub busy for minutes.
 */
import { argon2, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const argon2id = promisify(
  (
    parameters: { message: Buffer; nonce: Buffer; tagLength: number } & Cost,
    done: (error: Error | null, hash: Buffer) => void,
  ) => argon2("argon2id", parameters, done),
);

interface Cost {
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** OWASP's smallest for argon2id: 19 MiB, two passes, one lane; about 50 ms. */
const COST: Cost = { memory: 19_456, passes: 2, parallelism: 1 };
const HASH_BYTES = 32;
const SALT_BYTES = 16;
const AT_ONCE = 8;
const REMEMBERED_MS = 60_000;
const MOST_REMEMBERED = 10_000;

/** `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`, as everybody writes it. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await hashWith(password, salt, COST);
  const { memory, passes, parallelism } = COST;
  const costs = `m=${memory},t=${passes},p=${parallelism}`;
  return `$argon2id$v=19$${costs}$${encoded(salt)}$${encoded(hash)}`;
}

/** Whether a password is the one of `stored`; asks for no more than a few at once. */
export class PasswordCheck {
  readonly #now: () => number;
  readonly #key = randomBytes(32);
  /** Right answers: a keyed hash of stored hash and password, and until when it counts. */
  readonly #right = new Map<string, number>();
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** `now`: milliseconds of a clock that never goes back. */
  constructor(now: () => number) {
    this.#now = now;
  }

  async isRight(password: string, stored: string): Promise<boolean> {
    const remembered = createHmac("sha256", this.#key)
      .update(`${stored}\0${password}`)
      .digest("hex");
    const until = this.#right.get(remembered);
    if (until !== undefined && until > this.#now()) return true;
    const isRight = await this.#inTurn(() => verify(password, stored));
    if (isRight) this.#remember(remembered);
    return isRight;
  }

  /** As slow as a wrong password: who asks must not learn which names exist. */
  async pretend(password: string): Promise<void> {
    await this.#inTurn(() => hashWith(password, randomBytes(SALT_BYTES), COST));
  }

  /** A password was changed: nothing of before counts. */
  forget(): void {
    this.#right.clear();
  }

  #remember(key: string): void {
    if (this.#right.size >= MOST_REMEMBERED) this.#right.clear();
    this.#right.set(key, this.#now() + REMEMBERED_MS);
  }

  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running >= AT_ONCE) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }
}

const STORED =
  /^\$argon2id\$v=19\$m=(?<memory>\d+),t=(?<passes>\d+),p=(?<parallelism>\d+)\$(?<salt>[A-Za-z0-9+/]+)\$(?<hash>[A-Za-z0-9+/]+)$/;

async function verify(password: string, stored: string): Promise<boolean> {
  const { memory, passes, parallelism, salt, hash } = STORED.exec(stored)?.groups ?? {};
  if (salt === undefined || hash === undefined) return false;
  const cost = {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
  };
  const expected = Buffer.from(hash, "base64");
  const found = await hashWith(password, Buffer.from(salt, "base64"), cost);
  return expected.length === found.length && timingSafeEqual(expected, found);
}

function hashWith(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
  const message = Buffer.from(password.normalize("NFC"), "utf8");
  return argon2id({ message, nonce: salt, tagLength: HASH_BYTES, ...cost });
}

/** Base64 without padding. */
function encoded(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}
