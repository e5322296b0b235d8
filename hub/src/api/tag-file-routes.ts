/** `/api/v1/adapters/:name/tags.csv` and `…/tags/losses`: tags as files, and what such a file does not say. */
import { z } from "zod";
import type { ExportedTags } from "@unshub/adapter";
import { exportedTags, OWN_FORMAT, tagTable, type Configuration } from "../configuration/index.ts";
import { told } from "./configuration-routes.ts";
import type { Asked, RouteHead, Routes } from "./routes.ts";
import { entryOf, noAdapter, onlyDevice, PATH, writtenFor, type Entry } from "./tag-entry.ts";

const SHARED = {
  method: "GET",
  tag: "Adapters",
  needs: "read diagnostics",
  problems: [404, 409],
} as const satisfies Partial<RouteHead>;
const params = z.object({ name: z.string() });
const query = z.object({
  device: z
    .string()
    .max(1000)
    .optional()
    .describe("May be left out when there is only one; own: all of them"),
  format: z
    .string()
    .max(100)
    .default(OWN_FORMAT)
    .describe("own: as a tagFile of the configuration reads it. Or kepware, neuron, ignition"),
});
const loss = z.object({
  tag: z.string(),
  isLeftOut: z.boolean().describe("It is not in the file"),
  what: z.string().describe("Keys that the file does not say; of one that is left out: why"),
});
const SUFFIXES: ReadonlyMap<string, string> = new Map([["application/json", "json"]]);

type About = Pick<
  Asked<z.output<typeof params>, z.output<typeof query>, unknown>,
  "params" | "query" | "caller"
>;

export function addTagFiles(
  routes: Routes,
  { configuration }: { readonly configuration: Configuration },
): void {
  routes.add({
    ...SHARED,
    path: `${PATH}.csv`,
    summary:
      "Tags of a device, or of all, as a file; header unshub-losses: tags that are not in it whole",
    params,
    query,
    answers: {
      200: {
        type: "text/csv",
        orType: "application/json",
        description: "The file; of Ignition JSON",
      },
    },
    handle: (asked) =>
      withFile(configuration, asked, ({ text, mediaType, losses }) => {
        const suffix = SUFFIXES.get(mediaType) ?? "csv";
        const file = `${asked.params.name}.${suffix}`.replaceAll(/[^\w.-]/g, "_");
        void asked.reply
          .type(`${mediaType}; charset=utf-8`)
          .header("content-disposition", `attachment; filename="${file}"`)
          .header("unshub-losses", String(losses.length));
        return text;
      }),
  });
  routes.add({
    ...SHARED,
    path: `${PATH}/losses`,
    summary:
      "What the file of tags.csv does not say, tag by tag, and what must be set where it is read",
    params,
    query,
    answers: { 200: z.object({ notes: z.array(z.string()), losses: z.array(loss) }) },
    handle: (asked) => withFile(configuration, asked, ({ notes, losses }) => ({ notes, losses })),
  });
}

function withFile(
  configuration: Configuration,
  { params: { name }, query: { device, format }, caller }: About,
  answer: (file: ExportedTags) => unknown,
): Promise<unknown> {
  return told(async () => {
    const entry = entryOf(configuration, caller, name);
    return entry === undefined ? noAdapter(name) : answer(await fileOf(entry, device, format));
  });
}

async function fileOf(
  entry: Entry,
  device: string | undefined,
  format: string,
): Promise<ExportedTags> {
  if (format !== OWN_FORMAT) {
    return await exportedTags(entry, { deviceId: device ?? (await onlyDevice(entry)), format });
  }
  const tags = await writtenFor(entry, device);
  return await tagTable(
    entry.protocol,
    tags.map(({ tag }) => tag),
  );
}
