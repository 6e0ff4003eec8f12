/**
 * GREL functions on strings, with the IRIs of their published FnO descriptions.
 */
import { md5, sha1, sha256 } from './digest.ts';
import { escapeText, unescapeText } from './escape.ts';
import type { FunctionDescription } from './function.ts';
import {
  byCharacterType,
  contains,
  difference,
  matchGroups,
  partition,
  replaceAll,
  replaceCharacters,
  smartSplit,
  split,
  splitByLengths,
  substring,
  toNumber,
  toTitleCase,
} from './string-operations.ts';
import {
  grel,
  integerOf,
  MORPH,
  OUT,
  onGivenTexts,
  onTexts,
  P,
  textOfArgument,
  valuesOf,
} from './vocabulary.ts';

const morph = (name: string, of: FunctionDescription): FunctionDescription => ({
  ...of,
  iri: MORPH + name,
  aliases: [],
});

const sha256Of = grel('string_sha256', [P.value], OUT.string, onTexts(sha256));

export const stringFunctions: readonly FunctionDescription[] = [
  grel(
    'toUpperCase',
    [P.value],
    OUT.string,
    onTexts((text) => text.toUpperCase()),
  ),
  grel(
    'toLowerCase',
    [P.value],
    OUT.string,
    onTexts((text) => text.toLowerCase()),
  ),
  grel(['string_toTitlecase', 'toTitleCase'], [P.value], OUT.string, onTexts(toTitleCase)),
  grel(
    ['string_trim', 'string_strip'],
    [P.value],
    OUT.string,
    onTexts((text) => text.trim()),
  ),
  grel(
    'string_chomp',
    [P.value, P.separator],
    OUT.string,
    onTexts((text, end) => (text.endsWith(end) ? text.slice(0, text.length - end.length) : text)),
  ),
  grel(
    ['string_substring', 'string_slice', 'string_get'],
    [P.value, P.from, P.to],
    OUT.string,
    onGivenTexts((text = '', from = '', to) => substring(text, from, to)),
  ),
  grel(
    ['string_length', 'length'],
    [P.value],
    OUT.number,
    onTexts((text) => text.length),
  ),
  grel('string_contains', [P.value, P.sub], OUT.boolean, onTexts(contains)),
  grel(
    'string_startsWith',
    [P.value, P.sub],
    OUT.boolean,
    onTexts((text, sub) => text.startsWith(sub)),
  ),
  grel(
    'string_endsWith',
    [P.value, P.sub],
    OUT.boolean,
    onTexts((text, sub) => text.endsWith(sub)),
  ),
  grel(
    'string_indexOf',
    [P.value, P.sub],
    OUT.number,
    onTexts((text, sub) => text.indexOf(sub)),
  ),
  grel(
    'string_lastIndexOf',
    [P.value, P.sub],
    OUT.number,
    onTexts((text, sub) => text.lastIndexOf(sub)),
  ),
  grel('string_replace', [P.value, P.find, P.replace], OUT.string, onTexts(replaceAll)),
  grel('string_replaceChars', [P.value, P.find, P.replace], OUT.string, onTexts(replaceCharacters)),
  grel('string_match', [P.value, P.regex], OUT.array, onTexts(matchGroups)),
  grel('string_toNumber', [P.any], OUT.number, onTexts(toNumber)),
  grel(
    'string_toString',
    [P.any],
    OUT.string,
    onTexts((text) => text),
  ),
  grel('string_split', [P.value, P.separator], OUT.array, onTexts(split)),
  grel(
    'string_smartSplit',
    [P.value, P.optionalSeparator],
    OUT.array,
    onGivenTexts((text = '', separator) => smartSplit(text, separator)),
  ),
  grel('string_splitByLengths', [P.value, P.integer, P.integer2, P.moreIntegers], OUT.array, (args) => {
    const [text = '', ...lengths] = args.flatMap((arg) => valuesOf(arg).map(textOfArgument));
    return splitByLengths(text, lengths.map(integerOf));
  }),
  grel('string_splitByCharType', [P.value], OUT.array, onTexts(byCharacterType)),
  grel(
    'string_partition',
    [P.value, P.fragment, P.omitFragment],
    OUT.array,
    onGivenTexts((text = '', fragment = '', omit) => partition(text, fragment, omit, false)),
  ),
  grel(
    'string_rpartition',
    [P.value, P.fragment, P.omitFragment],
    OUT.array,
    onGivenTexts((text = '', fragment = '', omit) => partition(text, fragment, omit, true)),
  ),
  grel('string_diff', [P.value, P.value2], OUT.string, onTexts(difference)),
  grel(['escape', 'string_escape'], [P.value, P.mode], OUT.string, onTexts(escapeText)),
  grel(['string_unescape', 'unescape'], [P.value, P.mode], OUT.string, onTexts(unescapeText)),
  grel(
    'string_unicode',
    [P.value],
    OUT.array,
    onTexts((text) => Array.from(text, (c) => c.codePointAt(0)!)),
  ),
  grel(
    ['string_reverse', 'reverse'],
    [P.value],
    OUT.string,
    onTexts((t) => Array.from(t).reverse().join('')),
  ),
  grel('string_md5', [P.value], OUT.string, onTexts(md5)),
  grel('string_sha1', [P.value], OUT.string, onTexts(sha1)),
  sha256Of,
  morph('hash', sha256Of),
  morph(
    'hash_iri',
    grel(
      'hash_iri',
      [P.value],
      OUT.string,
      onTexts((text) => `http://example.com/ns#${sha256(text)}`),
    ),
  ),
  morph('string_split_explode', grel('split', [P.value, P.separator], OUT.array, onTexts(split))),
  morph(
    'concat',
    grel(
      'concat',
      [P.value1, P.value2, { ...P.separator, required: false, nullable: true }],
      OUT.string,
      onTexts((first, second, separator) => first + separator + second),
    ),
  ),
];
