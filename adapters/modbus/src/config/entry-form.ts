/** An entry of one link, as a form asks for it; templates, files and several links are written in the file. */
import { section } from "@unshub/adapter";
import { z } from "zod";
import { defaultsSchema, deviceSchema } from "./device-schema.ts";
import { linkSchema } from "./link-schema.ts";
import { tagSchema } from "./tag-schema.ts";

export const entryFormSchema = section({
  link: linkSchema,
  devices: z.array(deviceSchema.extend({ tags: z.array(tagSchema).min(1) })).min(1),
  defaults: defaultsSchema.optional(),
});
