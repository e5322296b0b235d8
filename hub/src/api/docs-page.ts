/** The OpenAPI document as a page to read: no script, nothing from elsewhere. */
import { z } from "zod";
import { shapeText } from "./shape-text.ts";

export const DOCS_STYLE = `body{font:14px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h2{font-size:1.1rem;margin:2rem 0 .5rem}summary small,pre+small,div>small{display:block}h3{font-size:.9rem;margin:.8rem 0 .2rem}
details{border-top:1px solid #8884;padding:.4rem 0}summary{cursor:pointer}
table{border-collapse:collapse}td{padding:.1rem .8rem .1rem 0;vertical-align:top}
code,pre{font:13px/1.5 ui-monospace,monospace}pre{background:#8881;overflow:auto;margin:.2rem 0;padding:.5rem}
small{opacity:.75}`;

const media = z.record(
  z.string(),
  z.object({ schema: z.looseObject({}), example: z.unknown().optional() }),
);
const operation = z.looseObject({
  tags: z.array(z.string()),
  summary: z.string(),
  description: z.string(),
  parameters: z.array(
    z.object({
      name: z.string(),
      in: z.string(),
      required: z.boolean(),
      schema: z.looseObject({ description: z.string().optional() }),
    }),
  ),
  requestBody: z.object({ content: media }).optional(),
  responses: z.record(z.string(), z.object({ description: z.string(), content: media.optional() })),
});
const documentSchema = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operation)),
});

type Operation = z.output<typeof operation>;

/** `document`: as `openApi` makes it. */
export function docsPage(document: object): string {
  const all = Object.entries(documentSchema.parse(document).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, each]) => ({
      title: `${method.toUpperCase()} ${path}`,
      each,
    })),
  );
  const byTag = Map.groupBy(all, ({ each: { tags } }) => tags[0] ?? "");
  const sections = Array.from(byTag, ([tag, own]) => {
    const routes = own.map(({ title, each }) => route(title, each));
    return `<h2>${escaped(tag)}</h2>${routes.join("")}`;
  });
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<meta name="viewport" content="width=device-width"><title>UNS Hub: administration</title><style>${DOCS_STYLE}</style>
<h1>UNS Hub: administration</h1><p>For programs: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1). Errors are
<code>application/problem+json</code> (RFC 9457).</p>
${sections.join("\n")}</html>
`;
}

function route(title: string, each: Operation): string {
  const head = `<summary><code>${escaped(title)}</code><small>${escaped(each.summary)}</small></summary>`;
  const parts = [
    `<small>${escaped(each.description)}</small>`,
    parametersOf(each),
    ...(each.requestBody === undefined
      ? []
      : [`<h3>Body</h3>${schemas(each.requestBody.content)}`]),
    `<h3>Answers</h3>${Object.entries(each.responses).map(answer).join("")}`,
  ];
  return `<details>${head}${parts.join("")}</details>`;
}

function parametersOf({ parameters }: Operation): string {
  if (parameters.length === 0) return "";
  const rows = parameters.map(({ name, in: place, required, schema }) => {
    const { description = "", ...rest } = schema;
    const need = required ? "" : " (may be left out)";
    return `<tr><td><code>${escaped(name)}</code><td>in the ${place === "path" ? "path" : "question"}${need}<td><code>${escaped(shapeText(rest))}</code> ${escaped(description)}`;
  });
  return `<h3>Parameters</h3><table>${rows.join("")}</table>`;
}

/** Problems are the same everywhere: only what they mean is said. */
function answer([status, { description, content = {} }]: [
  string,
  Operation["responses"][string],
]): string {
  const isProblem = Object.keys(content).every((type) => type === "application/problem+json");
  const shape = isProblem ? "" : schemas(content);
  return `<div><code>${status}</code> ${escaped(description)}${shape}</div>`;
}

function schemas(content: z.output<typeof media>): string {
  return Object.entries(content)
    .map(
      ([type, { schema, example }]) =>
        `<small>${escaped(type)}</small><pre>${escaped(shapeText(schema))}</pre>${exampleText(example)}`,
    )
    .join("");
}

function exampleText(example: unknown): string {
  if (example === undefined) return "";
  return `<small>for example</small><pre>${escaped(JSON.stringify(example, null, 2))}</pre>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
