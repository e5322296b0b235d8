/** An entry as a form asks for it; lists of tags in files are written in the file. */
import { z } from "zod";
import { tagSchema } from "./data-schema.ts";
import { entrySchema } from "./entry-schema.ts";

export const entryFormSchema = entrySchema.extend({ tags: z.array(tagSchema).optional() });
