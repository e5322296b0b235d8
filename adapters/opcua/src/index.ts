/** The front door of the OPC UA adapter. Opening it loads no library; `start` does. */
import { tagKeysOf, writtenSchemaOf, type AdapterModule } from "@unshub/adapter";
import { OpcUaAdapter } from "./adapter.ts";
import type { OpcUaConfig } from "./config.ts";
import { tagSchema } from "./config/data-schema.ts";
import { entryFormSchema } from "./config/entry-form.ts";
import { parseConfig } from "./config/parse.ts";
import { TAG_TABLES } from "./config/tag-table.ts";
import { writtenTags } from "./config/written-tags.ts";
import { deviceIds } from "./devices.ts";
import { describeConfig } from "./plan.ts";
import { browseTool } from "./tools/browse-tool.ts";
import { plannedBirths } from "./reload.ts";
import { certTool, renewTool } from "./tools/own-tools.ts";
import { exportTool, importTool } from "./tools/table-tools.ts";
import { listTool, rejectTool, revokeTool, trustTool } from "./tools/trust-tools.ts";
import { tryOpcUa } from "./trial.ts";

export type { OpcUaConfig } from "./config.ts";

const opcua: AdapterModule<OpcUaConfig> = {
  protocol: "opcua",
  parseConfig,
  create: (config, context) => new OpcUaAdapter(config, context),
  describe: describeConfig,
  births: plannedBirths,
  deviceIds,
  writtenTags,
  get tagKeys() {
    return tagKeysOf(tagSchema.shape);
  },
  get entrySchema() {
    return writtenSchemaOf(entryFormSchema);
  },
  tryConnection: tryOpcUa,
  tagTables: TAG_TABLES,
  tools: [
    browseTool,
    importTool,
    exportTool,
    listTool,
    trustTool,
    rejectTool,
    revokeTool,
    certTool,
    renewTool,
  ],
};

export default opcua;
