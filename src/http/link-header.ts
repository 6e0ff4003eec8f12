/**
 * The JSON-LD context of a Link header (RFC 8288; JSON-LD 1.1, section 6.1). Reads only; fetches nothing.
 */
const CONTEXT_REL = 'http://www.w3.org/ns/json-ld#context';

/** The address of the JSON-LD context, or undefined when no link has that relation. */
export function contextLink(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  for (const [, target, parameters = ''] of header.matchAll(
    /<([^>]*)>((?:\s*;\s*[^;,="]+(?:=(?:"[^"]*"|[^;,"]*))?)*)/g,
  )) {
    const rel = /;\s*rel\s*=\s*(?:"([^"]*)"|([^;,\s]+))/i.exec(parameters);
    const relations = (rel?.[1] ?? rel?.[2] ?? '').split(/\s+/);
    if (relations.includes(CONTEXT_REL)) return target;
  }
  return undefined;
}
