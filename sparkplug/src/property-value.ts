/** The values of properties that were read, and properties as they could be sent again. */
import { propertyDatatypeOf } from "./datatype.ts";
import type { BasicValue, PropertySetValue, PropertyToSend } from "./metric.ts";
import type { Properties, Property } from "./payload.ts";
import { misfit, within } from "./wire-misfit.ts";
import { basicThrough } from "./wire-scalar.ts";

/**
 * The value of a property of a plain type. `undefined` when it is null, nested, an extension or has no type we know.
 * @throws {SparkplugError} VALUE_MISFIT when field and type do not go together.
 */
export function propertyValue(property: Property | undefined): BasicValue | undefined {
  if (property === undefined || property.isNull || property.value === undefined) return undefined;
  const datatype = propertyDatatypeOf(property.type ?? 0);
  if (datatype === undefined || datatype === "PropertySet" || datatype === "PropertySetList") {
    return undefined;
  }
  return basicThrough(property.value, datatype);
}

/**
 * Properties as they could be sent again: keys, types and values, nested ones too. Those without a type we know are
 * left out. @throws {SparkplugError} VALUE_MISFIT with the path when field and type do not go together.
 */
export function propertiesToSend(properties: Properties): readonly PropertyToSend[] {
  const list: PropertyToSend[] = [];
  for (const [key, property] of properties) {
    const datatype = propertyDatatypeOf(property.type ?? 0);
    if (datatype === undefined) continue;
    try {
      list.push({ key, datatype, value: nestedValue(property, datatype) });
    } catch (error) {
      throw within(`properties[${JSON.stringify(key)}]`, error);
    }
  }
  return list;
}

function nestedValue(
  { isNull, value }: Property,
  datatype: PropertyToSend["datatype"],
): PropertySetValue {
  if (isNull || value === undefined) return null;
  if (datatype === "PropertySet") {
    if (value.field !== "propertyset") throw misfit(`${datatype} came as ${value.field}_value`);
    return propertiesToSend(value.raw);
  }
  if (datatype === "PropertySetList") {
    if (value.field !== "propertysets") throw misfit(`${datatype} came as ${value.field}_value`);
    return value.raw.map(propertiesToSend);
  }
  return basicThrough(value, datatype);
}
