/**
 * What GREL does with strings: slicing, searching, replacing, splitting.
 *
 * Positions count UTF-16 code units, as in GREL. Where GREL fails for arguments that data may have, such as a
 * start beyond the end, there is no result.
 */
import type { Values } from '../reference/formulation.ts';
import { ExactNumber } from '../reference/number.ts';
import { patternOf, regularExpression, wholly } from './regex.ts';
import { integerOf, isTrue, numberOf } from './vocabulary.ts';

/** From `from` up to `to`, both from the end where they are negative; undefined for a start beyond the end. */
export function substring(text: string, from: string, to: string | undefined): string | undefined {
  const position = (index: number): number => (index < 0 ? text.length + index : index);
  const start = position(integerOf(from));
  const end = to === undefined ? text.length : position(integerOf(to));
  return start < 0 || start > text.length || end < start ? undefined : text.slice(start, end);
}

/** Each word with a capital letter, the rest in lower case; only white space ends a word. */
export const toTitleCase = (text: string): string =>
  text
    .toLowerCase()
    .replace(/(^|\s)(\S)/gu, (_, before: string, first: string) => before + first.toUpperCase());

export function replaceAll(text: string, find: string, replacement: string): string {
  const pattern = patternOf(find);
  if (pattern === undefined) return find === '' ? text : text.replaceAll(find, () => replacement);
  return text.replace(regularExpression(pattern, 'g'), replacementOf(replacement));
}

/** A replacement as JavaScript writes it: in Java `$0` is the match, `${name}` a group, and `\` takes any meaning away. */
const replacementOf = (java: string): string =>
  java.replace(
    /\\(?<literal>[\s\S])|\$\{(?<name>\w+)\}|(?<match>\$0)|\$(?!\d)/g,
    (found, literal?: string, name?: string, match?: string) => {
      if (literal !== undefined) return literal === '$' ? '$$' : literal;
      if (name !== undefined) return `$<${name}>`;
      return match !== undefined ? '$&' : `$${found}`;
    },
  );

export function replaceCharacters(text: string, find: string, replacement: string): string {
  const [from, to] = [Array.from(find), Array.from(replacement)];
  if (from.length !== to.length) {
    throw new Error(`${from.length} characters cannot be replaced with ${to.length}`);
  }
  const map = new Map(from.map((character, index) => [character, to[index]!]));
  return Array.from(text, (character) => map.get(character) ?? character).join('');
}

/** The groups of a match of the whole text. */
export function matchGroups(text: string, regex: string): readonly string[] | undefined {
  const match = regularExpression(wholly(patternOf(regex) ?? regex), '').exec(text);
  return match?.slice(1).map((group: string | undefined) => group ?? '');
}

export function split(text: string, separator: string): readonly string[] {
  const pattern = patternOf(separator);
  if (pattern === undefined && separator === '') return [text];
  if (pattern === undefined) return text.split(separator);
  // JavaScript gives the groups of the separators too.
  const { length } = regularExpression(`${pattern}|`, '').exec('')!;
  return text.split(regularExpression(pattern, '')).filter((_, index) => index % length === 0);
}

export function smartSplit(text: string, separator: string | undefined): readonly string[] {
  if (separator !== undefined) return split(text, separator);
  return split(text, text.includes('\t') ? '\t' : ',').map((part) => part.trim().replace(/^"(.*)"$/s, '$1'));
}

/** What stands before a fragment, the fragment, and what comes after it. */
export function partition(
  text: string,
  fragment: string,
  omit: string | undefined,
  last: boolean,
): readonly string[] {
  const pattern = patternOf(fragment);
  const found =
    pattern === undefined
      ? { at: last ? text.lastIndexOf(fragment) : text.indexOf(fragment), length: fragment.length }
      : findPattern(text, pattern, last);
  if (found.at < 0) return last ? ['', '', text] : [text, '', ''];
  const [before, after] = [text.slice(0, found.at), text.slice(found.at + found.length)];
  return isTrue(omit) ? [before, after] : [before, text.slice(found.at, found.at + found.length), after];
}

function findPattern(text: string, pattern: string, last: boolean): { at: number; length: number } {
  const matches = [...text.matchAll(regularExpression(pattern, 'g'))];
  const match = last ? matches.at(-1) : matches[0];
  return match === undefined ? { at: -1, length: 0 } : { at: match.index, length: match[0].length };
}

export function splitByLengths(text: string, lengths: readonly number[]): readonly string[] {
  let at = 0;
  return lengths.map((length) => text.slice(at, (at += length)));
}

/** Runs of characters of one kind: letters of one case, digits, space, others. */
export const byCharacterType = (text: string): readonly string[] =>
  text.match(/\p{Lu}+|\p{Ll}+|\p{Nd}+|\p{Z}+|\p{P}+|./gsu) ?? [];

/** The rest of the second text from where it differs from the first. */
export function difference(first: string, second: string): string {
  let at = 0;
  while (at < first.length && first[at] === second[at]) at++;
  return second.slice(at);
}

/** The number that a text writes; digits that a double would lose are kept. */
export function toNumber(text: string): Values {
  const trimmed = text.trim();
  const number = numberOf(trimmed);
  const isPlain = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(trimmed);
  return isPlain && String(number) !== trimmed ? new ExactNumber(trimmed) : number;
}

export const contains = (text: string, sub: string): boolean => {
  const pattern = patternOf(sub);
  return pattern === undefined ? text.includes(sub) : regularExpression(pattern, '').test(text);
};
