import { createTypeAhead } from "../lib/type-ahead.ts";

/** The word that somebody types in the tree right now: the whole page must know that its letters are no shortcuts. */
export const treeTyping = createTypeAhead(Date.now);
