/** The operations of an OpenAPI document, and whether an answer is as it says. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { z } from "zod";

const media = z.record(
  z.string(),
  z.object({ schema: z.looseObject({}).optional(), example: z.unknown().optional() }),
);
const operationSchema = z.looseObject({
  operationId: z.string(),
  summary: z.string(),
  security: z.array(z.unknown()).optional(),
  parameters: z
    .array(
      z.looseObject({
        name: z.string(),
        in: z.enum(["path", "query", "header"]),
        required: z.boolean().default(false),
        schema: z.looseObject({}).default({}),
      }),
    )
    .default([]),
  requestBody: z.looseObject({ content: media }).optional(),
  responses: z.record(z.string(), z.looseObject({ content: media.optional() })),
});
const documentSchema = z.looseObject({
  openapi: z.string(),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.looseObject({ schemas: z.record(z.string(), z.looseObject({})).default({}) }),
});

export interface Described {
  /** In capitals. */
  readonly method: string;
  readonly path: string;
  readonly operation: z.output<typeof operationSchema>;
}

export interface Example {
  /** `PUT /api/v1/users/{name}: body`, or `: 200`. */
  readonly place: string;
  readonly example: unknown;
  readonly fault: string | undefined;
}

export interface ReadDocument {
  readonly document: z.output<typeof documentSchema>;
  readonly operations: readonly Described[];
  /** What is wrong with a value, by the schema; `undefined`: nothing. */
  readonly fault: (schema: object | undefined, value: unknown) => string | undefined;
  /** Every example of a body or an answer, and what is wrong with it by its schema. */
  readonly examples: () => readonly Example[];
  /** What is wrong with an answer as a whole. Its body is read. */
  answerFault(operation: Described["operation"], answer: Response): Promise<string | undefined>;
}

export function readDocument(json: unknown): ReadDocument {
  const document = documentSchema.parse(json);
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: "document", components: document.components });
  const checks = new Map<object, ValidateFunction>();
  const fault: ReadDocument["fault"] = (schema, value) => {
    if (schema === undefined) return "is not described";
    const known = checks.get(schema);
    const check =
      known ?? ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/')));
    if (known === undefined) checks.set(schema, check);
    return check(value) ? undefined : ajv.errorsText(check.errors);
  };
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );
  return {
    document,
    fault,
    operations,
    examples: () => operations.flatMap((one) => examplesOf(one, fault)),
    answerFault: async ({ responses }, answer) => {
      const described = responses[answer.status];
      const text = await answer.text();
      if (described === undefined) return `status ${answer.status} is not described: ${text}`;
      if (described.content === undefined) return text === "" ? undefined : `has a body: ${text}`;
      const type = (answer.headers.get("content-type") ?? "").split(";")[0] ?? "";
      const { schema } = described.content[type] ?? {};
      const isJson = type === "application/json" || type.endsWith("+json");
      if (isJson && text === "") return `${answer.status} ${type}: is empty`;
      const found = fault(schema, isJson ? JSON.parse(text) : text);
      return found === undefined ? undefined : `${answer.status} ${type}: ${found}`;
    },
  };
}

function examplesOf(
  { method, path, operation: { requestBody, responses } }: Described,
  fault: ReadDocument["fault"],
): readonly Example[] {
  const parts = Object.entries({ body: requestBody, ...responses });
  return parts.flatMap(([part, described]) =>
    Object.values(described?.content ?? {}).flatMap(({ schema, example }) =>
      example === undefined
        ? []
        : [{ place: `${method} ${path}: ${part}`, example, fault: fault(schema, example) }],
    ),
  );
}
