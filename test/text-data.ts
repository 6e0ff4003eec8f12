import type { SourceData } from '../src/mapping/reference/formulation.ts';

/** A text that is at hand as the data of a source: whole, or in chunks. */
export function textData(text: string | readonly string[]): SourceData {
  const encoder = new TextEncoder();
  const chunks = typeof text === 'string' ? [text] : text;
  return { kind: 'bytes', chunks: chunks.map((chunk) => encoder.encode(chunk)) };
}
