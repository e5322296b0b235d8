/**
 * Serves the page: every file of the static export is read once, with its compressed forms, its ETag and, for HTML, a
 * Content-Security-Policy that names exactly the inline scripts of that file. While there is no export yet, a page that
 * says so and comes back by itself.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, extname, join, relative, sep } from "node:path";

/** Written last by the build; without it the export is not whole. */
const STAMP = ".built.json";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
};

export interface PageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

interface PageFile {
  readonly type: string;
  readonly etag: string;
  readonly csp: string | undefined;
  readonly body: Uint8Array;
  readonly brotli: Uint8Array | undefined;
  readonly gzip: Uint8Array | undefined;
}

export interface PageRequest {
  /** The path of the URL, decoded, without query. */
  readonly path: string;
  readonly acceptEncoding: string;
  readonly ifNoneMatch: string | undefined;
}

const ICON = "/icon.svg";

export class PageFiles {
  readonly #folder: string;
  #files: ReadonlyMap<string, PageFile> | undefined;
  #build = "none";

  /** `folder`: where the export is, or will be. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Whether there is a page to serve. Looks at the disk until there is. */
  get isReady(): boolean {
    if (this.#files === undefined && existsSync(join(this.#folder, STAMP))) this.#read();
    return this.#files !== undefined;
  }

  /** Whole or not at all: what is written anew meanwhile is read the next time. */
  #read(): void {
    try {
      this.#build = readBuild(this.#folder);
      this.#files = readFiles(this.#folder);
    } catch {
      this.#build = "none";
    }
  }

  /** Names the build of the page that is served, whatever lies in the folder by now; `"none"` while there is none. */
  get build(): string {
    return this.isReady ? this.#build : "none";
  }

  /** What of others is built into the page, as its build wrote it; a page that does not say it says nothing. */
  get licences(): unknown {
    const file = this.isReady ? this.#files?.get("/licences.json") : undefined;
    return file === undefined ? [] : JSON.parse(Buffer.from(file.body).toString("utf8"));
  }

  answer(request: PageRequest): PageAnswer {
    if (!this.isReady || this.#files === undefined) return UNBUILT;
    const file = this.#files.get(request.path) ?? this.#files.get(`${request.path}index.html`);
    if (file !== undefined) return fileAnswer(file, request);
    if (this.#files.has(`${request.path}/index.html`)) return redirect(`${request.path}/`);
    // Browsers ask for it by themselves while one page gives way to another.
    if (request.path === "/favicon.ico" && this.#files.has(ICON)) return redirect(ICON);
    const missing = this.#files.get("/404.html");
    return missing === undefined
      ? NOT_FOUND
      : { ...fileAnswer(missing, { ...request, ifNoneMatch: undefined }), status: 404 };
  }
}

function readBuild(folder: string): string {
  const stamp: unknown = JSON.parse(readFileSync(join(folder, STAMP), "utf8"));
  const build =
    typeof stamp === "object" && stamp !== null && "build" in stamp ? stamp.build : undefined;
  return typeof build === "string" ? build : "unnamed";
}

function readFiles(folder: string): ReadonlyMap<string, PageFile> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const all = new Set(names);
  const served = names.filter(
    (name) => TYPES[extname(name)] !== undefined && basename(name) !== STAMP,
  );
  return new Map(
    served.map((name) => [`/${relative(folder, name).split(sep).join("/")}`, readFile(name, all)]),
  );
}

function readFile(name: string, all: ReadonlySet<string>): PageFile {
  const body = readFileSync(name);
  const compressed = (suffix: string): Uint8Array | undefined =>
    all.has(name + suffix) ? readFileSync(name + suffix) : undefined;
  return {
    type: TYPES[extname(name)] ?? "application/octet-stream",
    etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`,
    csp: name.endsWith(".html") ? contentSecurityPolicy(body.toString("utf8")) : undefined,
    body,
    brotli: compressed(".br"),
    gzip: compressed(".gz"),
  };
}

/** Nothing but our own files, and of inline scripts only those of this very file. */
export function contentSecurityPolicy(html: string): string {
  const inline = [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)];
  const hashes = inline.map(
    ([, script = ""]) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`,
  );
  return [
    "default-src 'none'",
    ["script-src 'self'", ...new Set(hashes)].join(" "),
    "style-src 'self'",
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

const SAFE_HEADERS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
};

function fileAnswer(file: PageFile, request: PageRequest): PageAnswer {
  const headers: Record<string, string> = {
    ...SAFE_HEADERS,
    "content-type": file.type,
    etag: file.etag,
    vary: "accept-encoding",
    "cache-control": request.path.startsWith("/_next/static/")
      ? "public, max-age=31536000, immutable"
      : "no-cache",
  };
  if (file.csp !== undefined) headers["content-security-policy"] = file.csp;
  if (request.ifNoneMatch === file.etag) return { status: 304, headers, body: new Uint8Array() };
  const { encoding, body } = encoded(file, request.acceptEncoding);
  if (encoding !== undefined) headers["content-encoding"] = encoding;
  return { status: 200, headers, body };
}

function encoded(
  file: PageFile,
  accepted: string,
): { readonly encoding: string | undefined; readonly body: Uint8Array } {
  if (file.brotli !== undefined && /\bbr\b/.test(accepted))
    return { encoding: "br", body: file.brotli };
  if (file.gzip !== undefined && /\bgzip\b/.test(accepted))
    return { encoding: "gzip", body: file.gzip };
  return { encoding: undefined, body: file.body };
}

/** To another place of the page; 308: for good. */
export function redirect(location: string, status: 302 | 308 = 308): PageAnswer {
  return { status, headers: { ...SAFE_HEADERS, location }, body: new Uint8Array() };
}

const text = new TextEncoder();

const NOT_FOUND: PageAnswer = {
  status: 404,
  headers: { ...SAFE_HEADERS, "content-type": "text/plain; charset=utf-8" },
  body: text.encode("There is no such page. The namespace is at /ns/.\n"),
};

/** A page of one sentence for a hub that has nothing better yet. No script: the browser itself comes back. */
function holdingPage(title: string, ...paragraphs: readonly string[]): PageAnswer {
  const html = paragraphs.map((paragraph) => `<p>${paragraph}</p>`).join("");
  return {
    status: 503,
    headers: {
      ...SAFE_HEADERS,
      "content-type": "text/html; charset=utf-8",
      "content-security-policy":
        "default-src 'none'; style-src-attr 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      "cache-control": "no-store",
      "retry-after": "2",
    },
    body: text.encode(
      `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="2">` +
        `<meta name="color-scheme" content="light dark"><title>UNS Hub</title>` +
        `<body style="font:15px/1.5 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 1rem">` +
        `<h1 style="font-size:1.2rem">${title}</h1>${html}</body></html>\n`,
    ),
  };
}

const UNBUILT = holdingPage(
  "The hub runs; its page is still being built.",
  "That happens once, on the first start, and takes up to half a minute. This page comes back by itself.",
  "If it stays, look at the console of the hub: it says what went wrong. " +
    "<code>npm run build:page</code> builds the page by hand.",
);

/** For the moments between the port and the adapters. */
export const STARTING: PageAnswer = holdingPage(
  "The hub is starting.",
  "It listens already, its adapters come next. This page comes back by itself.",
  "If it stays, look at the console of the hub: it says what it waits for.",
);
