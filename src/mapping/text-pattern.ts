/**
 * Sets of texts that a term map can make: constant parts with holes between them, and whether two meet.
 *
 * The answer is exact for the languages written here, which hold every text that data can give. It must never
 * say "apart" of two sets that share a text.
 */

/** What a hole may hold: characters that IRI-safe encoding leaves, or any. The empty text is among both. */
export type Hole = 'encoded' | 'any';

/** `texts[0] hole texts[1] hole ... texts[n]`; one text without a hole is a constant. */
export interface TextPattern {
  readonly texts: readonly string[];
  readonly hole: Hole;
}

export const exactly = (text: string): TextPattern => ({ texts: [text], hole: 'any' });
export const ANY_TEXT: TextPattern = { texts: ['', ''], hole: 'any' };

/** The pattern with `prefix` in front. */
export const prefixed = (prefix: string, { texts, hole }: TextPattern): TextPattern => ({
  texts: [prefix + (texts[0] ?? ''), ...texts.slice(1)],
  hole,
});

/** Whether some text belongs to both. */
export function textsMeet(a: TextPattern, b: TextPattern): boolean {
  const startA = a.texts[0] ?? '';
  const startB = b.texts[0] ?? '';
  if (a === b || (a.texts.length === 1 && b.texts.length === 1)) return startA === startB;
  if (!startA.startsWith(startB) && !startB.startsWith(startA)) return false;
  const endA = a.texts.at(-1) ?? '';
  const endB = b.texts.at(-1) ?? '';
  if (!endA.endsWith(endB) && !endB.endsWith(endA)) return false;
  return reachable(symbolsOf(a), symbolsOf(b), Math.min(startA.length, startB.length));
}

const ENCODED_HOLE = -1;
const ANY_HOLE = -2;

/** Code units, with negative numbers for holes. */
function symbolsOf({ texts, hole }: TextPattern): readonly number[] {
  const symbols: number[] = [];
  texts.forEach((text, index) => {
    if (index > 0) symbols.push(hole === 'any' ? ANY_HOLE : ENCODED_HOLE);
    for (let i = 0; i < text.length; i++) symbols.push(text.charCodeAt(i));
  });
  return symbols;
}

const isHole = (symbol: number | undefined): boolean => symbol !== undefined && symbol < 0;

const ENCODED: ReadonlySet<number> = new Set(
  Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%', (character) =>
    character.charCodeAt(0),
  ),
);

/** Whether a hole takes a character: `encoded` has unreserved characters, percent signs and what is not ASCII. */
function takes(hole: number | undefined, code: number): boolean {
  return hole === ANY_HOLE || code > 127 || ENCODED.has(code);
}

/**
 * Whether both ends are reached together: a walk over the product of the two automata.
 *
 * @param common  how many characters both begin with: until then there is one way
 */
function reachable(a: readonly number[], b: readonly number[], common: number): boolean {
  const width = b.length + 1;
  const seen = new Uint8Array((a.length + 1) * width);
  const open: [number, number][] = [];
  const visit = (i: number, j: number): void => {
    if (i > a.length || j > b.length || seen[i * width + j] === 1) return;
    seen[i * width + j] = 1;
    open.push([i, j]);
  };
  visit(common, common);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [i, j] = next;
    if (i === a.length && j === b.length) return true;
    const [left, right] = [a[i], b[j]];
    if (isHole(left)) {
      visit(i + 1, j);
      if (right !== undefined && !isHole(right) && takes(left, right)) visit(i, j + 1);
    }
    if (isHole(right)) {
      visit(i, j + 1);
      if (left !== undefined && !isHole(left) && takes(right, left)) visit(i + 1, j);
    }
    if (left === right && left !== undefined && !isHole(left)) visit(i + 1, j + 1);
  }
  return false;
}
