/** What an assistant is told a thing is: the same types, by the same names, as over i3X. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { born } from "../../support/json-plant.ts";
import { NODE, PRESS, startI3xPlant } from "../../support/i3x-plant.ts";
import { openMcpClient, structureOf } from "../../support/mcp-plant.ts";

/** The type of an object over i3X. */
async function typeAt(
  url: string,
  elementId: string,
): Promise<{ readonly elementId: string; readonly schema: object }> {
  const ask = async (path: string, id: string): Promise<ReturnType<typeof JSON.parse>> => {
    const answer = await fetch(`${url}/i3x/v1/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ elementIds: [id] }),
    });
    return JSON.parse(await answer.text()).results[0].result;
  };
  const { typeElementId } = await ask("objects/list", elementId);
  return await ask("objecttypes/query", typeElementId);
}

describe("the model that uns_describe tells", { timeout: 120_000 }, () => {
  it("is that of the birth for a device, that of the template for an instance, by the names of i3X", async (t) => {
    const { hub } = await startI3xPlant(t);
    const url = `http://127.0.0.1:${hub.httpPort}`;
    const assistant = await openMcpClient(t, url);
    const modelOf = async (elementId: string): Promise<unknown> => {
      const asked = { name: "uns_describe", arguments: { elementId } };
      return structureOf(await assistant.callTool(asked))["model"];
    };
    const [device, template] = [await typeAt(url, PRESS), await typeAt(url, `${PRESS}/Motor 1`)];

    assert.match(device.elementId, /^type:birth\./);
    assert.partialDeepStrictEqual(await modelOf(PRESS), {
      elementId: device.elementId,
      schema: device.schema,
    });
    assert.match(template.elementId, /^type:tpl\..+\.Motor$/);
    assert.deepEqual(await modelOf(`${PRESS}/Motor 1`), {
      elementId: template.elementId,
      name: "Motor",
      schema: template.schema,
    });
    assert.deepEqual(await modelOf(`${PRESS}/Running`), {
      elementId: device.elementId,
      of: "device",
    });
    assert.equal(await modelOf(NODE), undefined);
    const uri = `uns://type/${template.elementId}`;
    const [content] = (await assistant.readResource({ uri })).contents;
    assert.ok(content !== undefined && "text" in content);
    assert.partialDeepStrictEqual(JSON.parse(content.text), { schema: template.schema });
    await assert.rejects(assistant.readResource({ uri: `${uri}s` }), /not found/i);
    assert.equal(await modelOf("acme"), undefined);
  });

  it("fits into the answer however many metrics a device has, whatever their names, and is there without i3X", async (t) => {
    const { hub, edge } = await startI3xPlant(t, { more: "i3x: { enabled: false }" });
    const name = "液压系统压力".repeat(20); // three bytes each
    const many = Array.from({ length: 1000 }, (_, at) => born(`${name} ${at}`, at));
    edge.node.born("large", many);
    await hub.until(
      () => hub.hub.tree.find(`acme%3Adallas/line1/large/${many.at(-1)?.name}`) !== undefined,
    );
    const assistant = await openMcpClient(t, `http://127.0.0.1:${hub.httpPort}`);
    const asked = { name: "uns_describe", arguments: { elementId: "acme/dallas/line1/large" } };

    const { model } = structureOf(await assistant.callTool(asked));

    const { schema, more } = Object(model);
    const shown = Object.keys(Object(schema).properties).length;
    assert.ok(shown > 20, String(shown));
    assert.equal(shown + Number(more), 1000);
  });
});
