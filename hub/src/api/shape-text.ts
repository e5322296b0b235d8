/** A JSON Schema as a person reads it: `{ name: string, role: "viewer" | "admin", since?: number }`. */

type Json = Readonly<Record<string, unknown>>;

const INDENT = "  ";

export function shapeText(schema: unknown, indent = ""): string {
  if (!isJson(schema)) return "anything";
  const { const: only, enum: choices, anyOf, oneOf, type } = schema;
  if (only !== undefined) return JSON.stringify(only);
  if (Array.isArray(choices)) return choices.map((each) => JSON.stringify(each)).join(" | ");
  const parts = Array.isArray(anyOf) ? anyOf : oneOf;
  if (Array.isArray(parts)) return parts.map((part) => shapeText(part, indent)).join(" | ");
  if (Array.isArray(type))
    return type.map((each) => shapeText({ ...schema, type: each }, indent)).join(" | ");
  if (type === "array") return arrayText(schema, indent);
  if (type === "object") return objectText(schema, indent);
  return typeof type === "string" ? `${type}${boundsText(schema)}` : "anything";
}

function arrayText({ items }: Json, indent: string): string {
  const item = shapeText(items, indent);
  return item.includes(" | ") && !item.startsWith("{") ? `(${item})[]` : `${item}[]`;
}

function objectText({ properties, required, additionalProperties }: Json, indent: string): string {
  const needed: readonly unknown[] = Array.isArray(required) ? required : [];
  const inner = `${indent}${INDENT}`;
  const known = Object.entries(isJson(properties) ? properties : {}).map(([name, part]) => {
    const words =
      isJson(part) && typeof part["description"] === "string" ? part["description"] : "";
    const comment = words === "" ? "" : `  // ${words}`;
    const may = needed.includes(name) ? "" : "?";
    return `${inner}${name}${may}: ${shapeText(part, inner)}${comment}`;
  });
  const more = isJson(additionalProperties)
    ? [`${inner}…: ${shapeText(additionalProperties, inner)}`]
    : [];
  const lines = [...known, ...more];
  return lines.length === 0 ? "{ … }" : `{\n${lines.join("\n")}\n${indent}}`;
}

/** Those that somebody chose, not those of the numbers of JavaScript. */
function boundsText({ minimum, maximum, maxLength }: Json): string {
  const [low, high] = [minimum, maximum].map((bound) =>
    typeof bound === "number" && Math.abs(bound) < Number.MAX_SAFE_INTEGER ? String(bound) : "",
  );
  if (low !== "" || high !== "") return ` ${low}…${high}`;
  return typeof maxLength === "number" ? ` up to ${maxLength} letters` : "";
}

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
