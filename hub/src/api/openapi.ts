/** The OpenAPI document of everything under `/api/`, made of the very schemas that check questions and describe answers. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { PROBLEM_TYPE, problemSchema } from "./problem.ts";
import type { AnswerOf, DescribedRoute } from "./routes.ts";

type Json = Record<string, unknown>;

const WORDS: Readonly<Record<number, string>> = {
  400: "The question is not as described",
  401: "Nobody is logged in, or nobody knows him",
  403: "This role may not do that, or the page is another's",
  404: "There is no such thing, or the caller may not see it",
  409: "It cannot be done as things stand",
  429: "Too many failed logins; try later",
  503: "The audit trail cannot be written: nothing was done",
};

/** A question and the answer to it, as a hub gave it; long lists are cut. */
const exampleSchema = z.strictObject({
  body: z.unknown().optional(),
  answer: z.unknown().optional(),
});
type Example = z.output<typeof exampleSchema>;

/** By `GET /api/v1/users/{name}`. Read with each document: it is asked for rarely. */
function readExamples(): ReadonlyMap<string, Example> {
  const text = readFileSync(join(import.meta.dirname, "openapi-examples.json"), "utf8");
  return new Map(Object.entries(z.record(z.string(), exampleSchema).parse(JSON.parse(text))));
}

export function openApi(routes: readonly DescribedRoute[], version: string): Json {
  const paths: Record<string, Json> = {};
  const examples = readExamples();
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] = {
      ...paths[path],
      [route.method.toLowerCase()]: operation(route, examples.get(`${route.method} ${path}`)),
    };
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "UNS Hub: administration",
      version,
      description:
        "Who may come in, how clients, adapters and sessions stand, and the tree as the page reads it. Plant data for programs is at /i3x/v1 and over MQTT.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    security: [{ bearer: [] }, { basic: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "A token: hub_…" },
        basic: { type: "http", scheme: "basic" },
        session: {
          type: "apiKey",
          in: "cookie",
          name: "unshub-8080",
          description:
            "Of the page; the name ends with the port. Changes need the header x-uns-hub besides.",
        },
      },
      schemas: { Problem: schemaOf(problemSchema, "output") },
    },
  };
}

function operation(route: DescribedRoute, example: Example | undefined): Json {
  const { method, path, tag, summary, needs, body } = route;
  return {
    operationId: `${method.toLowerCase()}${path.replaceAll(/[^A-Za-z]+(\w)/g, (_, letter: string) => letter.toUpperCase()).replaceAll(/\W/g, "")}`,
    tags: [tag],
    summary,
    description: NEEDS[needs] ?? `Needs a role that may ${needs}.`,
    ...(needs === "anyone" && { security: [] }),
    parameters: [...parametersOf("path", route.params), ...parametersOf("query", route.query)],
    ...(body !== undefined && {
      requestBody: {
        required: !body.safeParse(undefined).success,
        content: { "application/json": mediaOf(schemaOf(body, "input"), example?.body) },
      },
    }),
    responses: responsesOf(route, example?.answer),
  };
}

const NEEDS: Readonly<Record<string, string>> = {
  anyone: "Needs no login.",
  somebody: "Needs a login, whatever its role.",
};

function mediaOf(schema: Json, example: unknown): Json {
  return { schema, ...(example !== undefined && { example }) };
}

function responsesOf(
  { needs, answers, problems = [], ...route }: DescribedRoute,
  example: unknown,
): Json {
  const hasQuestion = [route.params, route.query, route.body].some((part) => part !== undefined);
  const statuses = [
    ...(hasQuestion ? [400] : []),
    ...(needs === "anyone" && route.path !== "/api/v1/login" ? [] : [401]),
    403,
    ...(route.method !== "GET" && route.needsTrail !== false ? [503] : []),
    ...problems,
    ...(needs === "anyone" ? [] : [429]),
  ];
  return Object.fromEntries([
    ...Object.entries(answers).map(([status, answer]) => [
      status,
      answerJson(status, answer, example),
    ]),
    ...[...new Set(statuses)].map((status) => [
      String(status),
      {
        description: WORDS[status] ?? "",
        content: { [PROBLEM_TYPE]: { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    ]),
  ]);
}

function answerJson(status: string, answer: AnswerOf, example: unknown): Json {
  if (answer === undefined) return { description: status === "204" ? "Done" : "" };
  if (answer instanceof z.ZodType) {
    const media = mediaOf(schemaOf(answer, "output"), example);
    return { description: "The answer", content: { "application/json": media } };
  }
  const { type, description, orType = type } = answer;
  const text = { schema: { type: "string" } };
  return { description, content: { [type]: text, [orType]: text } };
}

function parametersOf(place: "path" | "query", schema: z.ZodType | undefined): readonly Json[] {
  if (schema === undefined) return [];
  const { properties, required } = schemaOf(schema, "input");
  const named = Array.isArray(required) ? required : [];
  return Object.entries(isJson(properties) ? properties : {}).map(([name, property]) => ({
    name,
    in: place,
    required: place === "path" || named.includes(name),
    schema: property,
  }));
}

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null;
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _version, ...json } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return json;
}
