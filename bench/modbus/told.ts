/**
 * The programs of this bench, each in a process of its own: told one line, a program answers with one line of JSON, a flat
 * list of numbers. The same for C and TypeScript.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";

/** What a program said. */
export type Answer = ReadonlyMap<string, number>;

/** The number that must be in an answer. */
export function numberIn(answer: Answer, name: string): number {
  const number = answer.get(name);
  if (number === undefined) throw new TypeError(`a program of the bench said no ${name}`);
  return number;
}

/** A program that runs. */
export class Told implements AsyncDisposable {
  readonly pid: number;
  /** What it said when it had started. */
  first: Answer = new Map();
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;
  #complaints = "";

  private constructor(child: ChildProcess) {
    const { stdout, stderr, pid } = child;
    if (stdout === null || stderr === null || pid === undefined) {
      throw new Error(`${child.spawnfile} does not start`);
    }
    this.#child = child;
    this.pid = pid;
    this.#reader = createInterface(stdout);
    this.#lines = this.#reader[Symbol.asyncIterator]();
    stderr.on("data", (chunk: Buffer) => {
      this.#complaints = (this.#complaints + chunk.toString()).slice(-4000);
    });
  }

  /** Starts a program and waits for what it says first. */
  static async start(command: readonly string[]): Promise<Told> {
    const [file = "", ...args] = command;
    const child = spawn(file, args, { stdio: "pipe" });
    child.on("error", () => undefined);
    const program = new Told(child);
    program.first = await program.#next();
    return program;
  }

  /** Starts a program of this folder. */
  static startNode(
    name: string,
    args: readonly string[],
    nodeOptions: readonly string[] = [],
  ): Promise<Told> {
    const file = new URL(name, import.meta.url).pathname;
    return Told.start([process.execPath, ...nodeOptions, file, ...args]);
  }

  /** Tells a line, and waits for the answer. */
  ask(line: string): Promise<Answer> {
    this.#child.stdin?.write(`${line}\n`);
    return this.#next();
  }

  /** Programs end with their standard input. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.stdin?.end();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 5000);
    await exited;
    clearTimeout(timer);
  }

  async #next(): Promise<Answer> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`${this.#child.spawnargs.join(" ")}: ${this.#complaints}`);
    return answerIn(value);
  }
}

function answerIn(line: string): Answer {
  const said: unknown = JSON.parse(line);
  const numbers = new Map<string, number>();
  for (const [name, number] of Object.entries(said ?? {})) {
    if (typeof number === "number") numbers.set(name, number);
  }
  return numbers;
}

/** The side of the program: says `first`, then answers every line until there is none. */
export async function answerLines(
  first: Readonly<Record<string, number>>,
  answer: (
    words: readonly string[],
  ) => Promise<Readonly<Record<string, number>>> | Readonly<Record<string, number>>,
): Promise<void> {
  console.log(JSON.stringify(first));
  for await (const line of createInterface(process.stdin)) {
    console.log(JSON.stringify(await answer(line.split(" "))));
  }
}

/** Measures wall and CPU time of this process, all its threads, while `work` runs, and its memory afterwards. */
export async function timed(
  work: () => Promise<Readonly<Record<string, number>>>,
): Promise<Readonly<Record<string, number>>> {
  const cpu = process.cpuUsage();
  const begunAt = performance.now();
  const found = await work();
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - begunAt) / 1000;
  const rssMb = process.memoryUsage.rss() / 1_048_576;
  return { seconds, cpuSeconds: (user + system) / 1e6, rssMb, ...found };
}
