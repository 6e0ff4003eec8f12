/**
 * IRIs for the oracle: which characters stand in one, and how a value is made to fit (RFC 3986, RFC 3987).
 *
 * Written character by character from the grammar. It shares nothing with the engine.
 */

const inRanges = (code: number, ranges: readonly (readonly [number, number])[]): boolean =>
  ranges.some(([low, high]) => code >= low && code <= high);

/** RFC 3987, section 2.2, `ucschar`. */
const isUcschar = (code: number): boolean =>
  inRanges(code, [
    [0xa0, 0xd7ff],
    [0xf900, 0xfdcf],
    [0xfdf0, 0xffef],
  ]) ||
  (code >= 0x10000 && code < 0xf0000 && (code & 0xffff) <= 0xfffd && !(code >= 0xe0000 && code < 0xe1000));

/** `iprivate`, which only a query may have. */
const isPrivate = (code: number): boolean =>
  inRanges(code, [
    [0xe000, 0xf8ff],
    [0xf0000, 0xffffd],
    [0x100000, 0x10fffd],
  ]);

const UNRESERVED = /^[A-Za-z0-9\-._~]$/;
const SUB_DELIMS = "!$&'()*+,;=";

export type Kind = 'IRI' | 'URI' | 'UnsafeIRI' | 'UnsafeURI';

/** What a template of a kind makes of a value: everything that is not (i)unreserved as %XX of its UTF-8. */
export function encode(value: string, kind: Kind): string {
  if (kind.startsWith('Unsafe')) return value;
  return Array.from(value, (character) => {
    const keeps = UNRESERVED.test(character) || (kind === 'IRI' && isUcschar(character.codePointAt(0)!));
    if (keeps) return character;
    const bytes = new TextEncoder().encode(character);
    return Array.from(bytes, (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
  }).join('');
}

/** Whether a text is an IRI, or a URI, with a scheme. */
export function isAbsolute(text: string, kind: 'IRI' | 'URI'): boolean {
  const scheme = /^[A-Za-z][A-Za-z0-9+\-.]*:/.exec(text)?.[0];
  if (scheme === undefined) return false;
  const [beforeFragment, fragment = '', ...more] = text.slice(scheme.length).split('#') as [
    string,
    ...string[],
  ];
  if (more.length > 0) return false;
  const question = beforeFragment.indexOf('?');
  const hierarchy = question < 0 ? beforeFragment : beforeFragment.slice(0, question);
  const query = question < 0 ? '' : beforeFragment.slice(question + 1);
  const good = (part: string, extra: string, privates = false): boolean => {
    const rest = part.replaceAll(/%[0-9A-Fa-f]{2}/g, '');
    return Array.from(rest).every((character) => {
      const code = character.codePointAt(0)!;
      if (UNRESERVED.test(character) || SUB_DELIMS.includes(character) || extra.includes(character))
        return true;
      return kind === 'IRI' && (isUcschar(code) || (privates && isPrivate(code)));
    });
  };
  if (!good(fragment, ':@/?') || !good(query, ':@/?', true)) return false;
  if (!hierarchy.startsWith('//')) return good(hierarchy, ':@/');
  const slash = hierarchy.indexOf('/', 2);
  const authority = slash < 0 ? hierarchy.slice(2) : hierarchy.slice(2, slash);
  const path = slash < 0 ? '' : hierarchy.slice(slash);
  const literal = /^(?:(.*)@)?\[[0-9A-Fa-fvV:.]+\](?::\d*)?$/.exec(authority);
  const host = literal === null ? good(authority, ':@') : good(literal[1] ?? '', ':');
  return host && good(path, ':@/');
}
