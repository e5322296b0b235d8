/**
 * A port that nobody has now: for programs that cannot be asked to choose one themselves. It lies below those that
 * systems hand out to whoever asks for any (32 768 and above), so that no connection takes it meanwhile.
 */
import { randomInt } from "node:crypto";
import { createServer } from "node:net";

const FIRST = 20_000;
const LAST = 32_000;

export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, LAST);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const isListening = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => resolve(true));
  });
  if (isListening) await new Promise((resolve) => server.close(resolve));
  return isListening;
}
