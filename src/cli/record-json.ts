/** Records of every formulation as JSON, for people who want to see what failed. */
import { ExactNumber } from '../mapping/reference/number.ts';
import type { TableRow } from '../mapping/reference/table.ts';
import { TypedText } from '../mapping/reference/typed-text.ts';
import type { XmlNode } from '../mapping/reference/xml-tree.ts';

/** Rows become objects by column, JSON stays, markup becomes its text. */
export function recordJson(record: unknown): unknown {
  if (record instanceof ExactNumber || record instanceof TypedText) return record.text;
  if (Array.isArray(record)) return record.map(recordJson);
  if (typeof record !== 'object' || record === null) return record;
  if (isRow(record)) {
    return Object.fromEntries(
      Array.from(record.header, ([name, index]) => [name, recordJson(record.cells[index])]),
    );
  }
  if (isNode(record)) return markupOf(record);
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, recordJson(value)]));
}

const isRow = (record: object): record is TableRow =>
  'header' in record && record.header instanceof Map && 'cells' in record && Array.isArray(record.cells);

const isNode = (record: object): record is XmlNode => 'nodeType' in record && 'parentNode' in record;

function markupOf(node: XmlNode): string {
  switch (node.nodeType) {
    case 1: {
      const attributes = node.attributes.map(({ nodeName, value }) => ` ${nodeName}="${escape(value)}"`);
      const content = node.childNodes.map(markupOf);
      return `<${node.nodeName}${attributes.join('')}>${content.join('')}</${node.nodeName}>`;
    }
    case 2:
      return node.value;
    case 9:
      return node.childNodes.map(markupOf).join('');
    case 3:
      return escape(node.data);
    default:
      return ''; // comments and instructions are no data
  }
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '"': '&quot;' };

const escape = (text: string): string => text.replace(/[&<"]/g, (character) => ESCAPES[character]!);
