/** Serves a few files on loopback, as any web server of a stranger would. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname } from "node:path";

const TYPES: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript" };

export interface PageServer extends AsyncDisposable {
  /** E.g. `http://127.0.0.1:40123`, without a slash at its end. */
  readonly origin: string;
}

/** `fileOf` gives the file of a path such as `/page.js`, or nothing. */
export async function servePage(fileOf: (path: string) => string | undefined): Promise<PageServer> {
  const server = createServer(({ url = "/" }, response) => {
    const file = fileOf(new URL(url, "http://page").pathname);
    if (file === undefined) return response.writeHead(404).end();
    response.setHeader("content-type", TYPES[extname(file)] ?? "application/octet-stream");
    return response.end(readFileSync(file));
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    origin: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
