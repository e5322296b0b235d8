/** A client of its own thread, so that what it does with an answer does not count for the hub. */
import { request } from "node:http";
import { parentPort } from "node:worker_threads";

/** What is asked, and how long it took to the last byte. */
export interface BenchAsk {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export interface BenchAnswer {
  readonly ms: number;
  readonly status: number;
  readonly bytes: number;
  readonly etag: string;
}

function ask({ url, method, headers, body }: BenchAsk): Promise<BenchAnswer> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const asked = request(url, { method, headers }, (response) => {
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on("end", () => {
        const { statusCode: status = 0, headers: got } = response;
        resolve({ ms: performance.now() - began, status, bytes, etag: got.etag ?? "" });
      });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

parentPort?.on("message", (question: BenchAsk) => {
  void ask(question).then((answer) => parentPort?.postMessage(answer));
});
