/**
 * Escaping of texts for other syntaxes, in the modes of GREL: `html`, `xml`, `csv`, `url`, `javascript`.
 */

const MARKUP: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

const JAVASCRIPT: Readonly<Record<string, string>> = {
  '"': '\\"',
  "'": "\\'",
  '\\': '\\\\',
  '/': '\\/',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

const codeUnit = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;

/** Every octet that RFC 3986 does not leave unreserved, as %XX. */
const escapeUrl = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const ESCAPES: ReadonlyMap<string, (text: string) => string> = new Map([
  ['html', (text: string) => text.replace(/[&<>"]/g, (c) => MARKUP[c]!)],
  ['xml', (text: string) => text.replace(/[&<>"']/g, (c) => MARKUP[c] ?? '&apos;')],
  ['csv', (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)],
  ['url', escapeUrl],
  [
    'javascript',
    (text: string) => text.replace(/["'\\/\u0000-\u001f\u007f-\uffff]/g, (c) => JAVASCRIPT[c] ?? codeUnit(c)),
  ],
]);

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u{A0}',
};

function unescapeMarkup(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));/gi,
    (all: string, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return NAMED[name] ?? all;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code <= 0x10_ffff ? String.fromCodePoint(code) : all;
    },
  );
}

const UNESCAPES: ReadonlyMap<string, (text: string) => string> = new Map([
  ['html', unescapeMarkup],
  ['xml', unescapeMarkup],
  ['csv', (text: string) => (/^".*"$/s.test(text) ? text.slice(1, -1).replaceAll('""', '"') : text)],
  ['url', (text: string) => decodeURIComponent(text.replaceAll('+', '%20'))],
  [
    'javascript',
    (text: string) =>
      text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_all: string, hex?: string, character?: string) =>
        hex === undefined
          ? ({ b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }[character!] ?? character!)
          : String.fromCharCode(Number.parseInt(hex, 16)),
      ),
  ],
]);

/** @throws Error for an unknown mode */
export const escapeText = (text: string, mode: string): string => modeOf(ESCAPES, mode)(text);

/** @throws Error for an unknown mode, and for a text that is not escaped well */
export const unescapeText = (text: string, mode: string): string => modeOf(UNESCAPES, mode)(text);

function modeOf(
  modes: ReadonlyMap<string, (text: string) => string>,
  name: string,
): (text: string) => string {
  const mode = modes.get(name.toLowerCase());
  if (mode === undefined)
    throw new Error(`"${name}" is no mode of escaping; known: ${[...modes.keys()].join(', ')}`);
  return mode;
}
