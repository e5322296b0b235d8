/** The catalogue of diagnoses: metrics. */
import type { RuleTable } from "./rule.ts";

export const METRIC_RULES: RuleTable<`M${string}`> = {
  M01: {
    title: "birth metric without name",
    strict: "reject",
    reasonCode: 0x99,
    advice: "Write the name of every metric into births, aliased ones too.",
    ids: {
      NBIRTH: "topics-nbirth-metrics",
      DBIRTH: "topics-dbirth-metrics",
      alias: "payloads-alias-birth-requirement",
    },
  },
  M02: {
    title: "birth metric without datatype",
    strict: "reject",
    reasonCode: 0x99,
    advice: "Write the datatype of every metric into births.",
    ids: {
      NBIRTH: "topics-nbirth-metrics",
      DBIRTH: "topics-dbirth-metrics",
      any: "payloads-metric-datatype-req",
    },
  },
  M03: {
    title: "datatype unknown or not allowed",
    strict: "reject",
    reasonCode: 0x99,
    advice: "Use a datatype of the standard, 1 to 19 or 22 to 34.",
    ids: { any: "payloads-metric-datatype-value-type payloads-metric-datatype-value" },
  },
  M04: {
    title: "value and is_null",
    strict: "reject",
    reasonCode: 0x99,
    advice: "Write either a value or is_null.",
    ids: {
      NBIRTH: "topics-nbirth-metrics operational-behavior-data-publish-nbirth-values",
      DBIRTH: "topics-dbirth-metrics operational-behavior-data-publish-dbirth-values",
    },
  },
  M05: {
    title: "value does not fit its datatype",
    strict: "reject",
    reasonCode: 0x99,
    advice: "Write the value in the field and range of its datatype.",
    ids: {
      NBIRTH: "topics-nbirth-metrics",
      DBIRTH: "topics-dbirth-metrics",
      NCMD: "operational-behavior-data-commands-ncmd-metric-value",
      DCMD: "operational-behavior-data-commands-dcmd-metric-value",
    },
  },
  M06: {
    title: "metric without timestamp",
    strict: "warn",
    reasonCode: 0x99,
    advice: "Write the time of measurement into each metric of births and data.",
    ids: { any: "payloads-name-birth-data-requirement" },
  },
  M07: {
    title: "alias used twice",
    strict: "reject",
    reasonCode: 0x99,
    advice: "Deal aliases once for the edge node and all its devices together.",
    ids: { alias: "payloads-alias-uniqueness" },
  },
  M08: {
    title: "name or alias",
    strict: "reject",
    reasonCode: 0x99,
    advice:
      "With aliases: name and alias in births, the alias alone in data and commands. Without: the name.",
    ids: {
      NCMD: "topics-ncmd-payload",
      DCMD: "topics-dcmd-payload",
      any: "payloads-name-requirement",
      alias: "payloads-alias-data-cmd-requirement",
    },
  },
  M09: {
    title: "not in the birth",
    strict: "warn",
    reasonCode: 0x99,
    advice: "Publish a new birth with the metric first.",
    ids: {
      NBIRTH: "topics-nbirth-metric-reqs operational-behavior-data-publish-nbirth",
      DBIRTH: "topics-dbirth-metric-reqs operational-behavior-data-publish-dbirth",
      NCMD: "operational-behavior-data-commands-ncmd-metric-name",
      DCMD: "operational-behavior-data-commands-dcmd-metric-name",
    },
  },
  M10: {
    title: "datatype repeated",
    strict: "observe",
    reasonCode: 0x99,
    advice: "Nothing to do; the datatype may be left out of data.",
    ids: { any: "payloads-metric-datatype-not-req" },
  },
  M11: {
    title: "Node Control/Rebirth",
    strict: "reject",
    reasonCode: 0x99,
    advice: "Put Node Control/Rebirth, Boolean, false, without alias into NBIRTH.",
    ids: {
      NBIRTH:
        "topics-nbirth-rebirth-metric payloads-nbirth-rebirth-req operational-behavior-data-commands-rebirth-name operational-behavior-data-commands-rebirth-datatype operational-behavior-data-commands-rebirth-value",
      alias: "operational-behavior-data-commands-rebirth-name-aliases",
      NCMD: "operational-behavior-data-commands-ncmd-rebirth-verb operational-behavior-data-commands-ncmd-rebirth-name operational-behavior-data-commands-ncmd-rebirth-value",
    },
  },
  M12: {
    title: "metric names differ only in case",
    strict: "warn",
    reasonCode: 0x99,
    advice: "Rename one of them; programs that ignore case mix the two up.",
    ids: { any: "case-sensitivity-metric-names" },
  },
  M13: {
    title: "property keys and values",
    strict: "reject",
    reasonCode: 0x99,
    advice: "Write as many property values as keys.",
    ids: {
      properties: "payloads-propertyset-keys-array-size payloads-propertyset-values-array-size",
    },
  },
  M14: {
    title: "type of a property",
    strict: "reject",
    reasonCode: 0x99,
    advice: "Write a basic datatype, PropertySet or PropertySetList into each property.",
    ids: {
      properties:
        "payloads-metric-propertyvalue-type-type payloads-metric-propertyvalue-type-value payloads-metric-propertyvalue-type-req",
    },
  },
  M15: {
    title: "Quality",
    strict: "reject",
    reasonCode: 0x99,
    advice: "Write Quality as Int32 with 0, 192 or 500, or leave it out when good.",
    ids: {
      quality: "payloads-propertyset-quality-value-type payloads-propertyset-quality-value-value",
    },
  },
  M16: {
    title: "DataSet contradicts itself",
    strict: "reject",
    reasonCode: 0x99,
    advice:
      "Make columns, types, num_of_columns and rows equally long, types basic, cells fitting.",
    ids: {
      DataSet:
        "payloads-dataset-column-size payloads-dataset-column-num-headers payloads-dataset-types-num payloads-dataset-types-def payloads-dataset-types-type payloads-dataset-types-value payloads-dataset-parameter-type-req payloads-template-dataset-value",
    },
  },
  M17: {
    title: "template definition outside NBIRTH",
    strict: "reject",
    reasonCode: 0x99,
    advice: "Move template definitions to NBIRTH.",
    ids: { "template definition": "payloads-template-definition-nbirth-only" },
  },
  M18: {
    title: "template is neither definition nor instance",
    strict: "reject",
    reasonCode: 0x99,
    advice: "Write is_definition always; template_ref in instances only.",
    ids: {
      "template definition":
        "payloads-template-definition-is-definition payloads-template-is-definition-definition payloads-template-definition-ref payloads-template-ref-definition",
      "template instance":
        "payloads-template-instance-is-definition payloads-template-is-definition-instance payloads-template-instance-ref payloads-template-ref-instance payloads-template-version payloads-template-is-definition",
    },
  },
  M19: {
    title: "instance does not match its definition",
    strict: "reject",
    reasonCode: 0x99,
    advice: "Put the definition with all members and parameters into NBIRTH.",
    ids: {
      "template definition":
        "payloads-template-definition-members topics-nbirth-templates payloads-template-definition-nbirth payloads-template-definition-parameters",
      "template instance":
        "payloads-template-instance-ref payloads-template-ref-instance payloads-template-instance-members payloads-template-instance-members-birth",
    },
  },
  M20: {
    title: "template parameter",
    strict: "reject",
    reasonCode: 0x99,
    advice: "Write name and basic type of each parameter.",
    ids: {
      "template parameter":
        "payloads-template-parameter-name-required payloads-template-parameter-name-type payloads-template-parameter-value-type payloads-template-parameter-type-value payloads-template-parameter-type-req payloads-template-parameter-value",
    },
  },
  M21: {
    title: "metrics out of time order",
    strict: "warn",
    reasonCode: 0x99,
    advice: "Put older values first.",
    ids: {
      NBIRTH: "operational-behavior-data-publish-nbirth-order",
      DBIRTH: "operational-behavior-data-publish-dbirth-order",
      NDATA: "operational-behavior-data-publish-nbirth-order",
      DDATA: "operational-behavior-data-publish-dbirth-order",
    },
  },
  M22: {
    title: "NDEATH holds more than bdSeq",
    strict: "warn",
    reasonCode: 0x99,
    advice: "Leave everything but bdSeq out of NDEATH.",
    ids: { "edge CONNECT": "topics-ndeath-payload", NDEATH: "topics-ndeath-payload" },
  },
};
