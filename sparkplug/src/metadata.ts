/** MetaData: describes a value, mostly a file. Nothing in it changes how the value is read. */
import type { MetaData } from "./metric.ts";
import type { WireReader } from "./wire-reader.ts";
import type { WireWriter } from "./wire-writer.ts";

type Open = { -readonly [Key in keyof MetaData]: MetaData[Key] };

/** How many fields MetaData has. */
const KNOWN = 8;

/** Reads to `end`. @throws {SparkplugError} PAYLOAD_MALFORMED */
export function readMetaData(reader: WireReader, end: number): MetaData {
  const metadata: Open = {};
  while (reader.pos < end) readField(reader, reader.key(), metadata);
  reader.finish(end);
  return metadata;
}

function readField(reader: WireReader, key: number, metadata: Open): void {
  switch (key) {
    case 0x08:
      metadata.isMultiPart = reader.bool();
      return;
    case 0x12:
      metadata.contentType = reader.text();
      return;
    case 0x18:
      metadata.size = reader.uint64();
      return;
    case 0x20:
      metadata.seq = reader.uint64();
      return;
    case 0x2a:
      metadata.fileName = reader.text();
      return;
    case 0x32:
      metadata.fileType = reader.text();
      return;
    case 0x3a:
      metadata.md5 = reader.text();
      return;
    case 0x42:
      metadata.description = reader.text();
      return;
    default:
      reader.passOver(key, KNOWN);
  }
}

/** Writes what is set. @throws {SparkplugError} VALUE_MISFIT */
export function writeMetaData(writer: WireWriter, metadata: MetaData): void {
  writer.optionalBool(0x08, metadata.isMultiPart);
  writer.optionalText(0x12, metadata.contentType);
  writer.optionalUint64(0x18, metadata.size);
  writer.optionalUint64(0x20, metadata.seq);
  writer.optionalText(0x2a, metadata.fileName);
  writer.optionalText(0x32, metadata.fileType);
  writer.optionalText(0x3a, metadata.md5);
  writer.optionalText(0x42, metadata.description);
}
