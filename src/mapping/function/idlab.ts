/**
 * The functions of IDLab that mappings for RMLMapper use, as far as they compute from their arguments alone:
 * those that read files, ask services, keep state or draw random numbers are not offered.
 */
import type { Values } from '../reference/formulation.ts';
import { normalizeDate, normalizeDateTime } from './date-pattern.ts';
import type { FunctionDescription } from './function.ts';
import {
  I,
  idlab,
  isTrue,
  numberOf,
  OUT,
  onGivenTexts,
  onTexts,
  P,
  scalarOf,
  textOfArgument,
  valuesOf,
} from './vocabulary.ts';

/** In capital letters, with a scheme in front where there is none. */
const toUpperCaseUrl = (text: string): string =>
  /^https?:\/\//i.test(text) ? text.toUpperCase() : `http://${text.toUpperCase()}`;

/** ASCII letters and digits in lower case, with hyphens for all between; accents are dropped. */
const slugify = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');

/** From `from`, inclusive, up to `to`, exclusive; an absent end is open. */
function isInRange(test: string, from: string | undefined, to: string | undefined): boolean {
  const number = numberOf(test);
  return (from === undefined || number >= numberOf(from)) && (to === undefined || number < numberOf(to));
}

/** Media types of common file endings (IANA registry). */
const MEDIA_TYPES: ReadonlyMap<string, string> = new Map([
  ['csv', 'text/csv'],
  ['gif', 'image/gif'],
  ['htm', 'text/html'],
  ['html', 'text/html'],
  ['jpeg', 'image/jpeg'],
  ['jpg', 'image/jpeg'],
  ['js', 'text/javascript'],
  ['json', 'application/json'],
  ['jsonld', 'application/ld+json'],
  ['mp3', 'audio/mpeg'],
  ['mp4', 'video/mp4'],
  ['n3', 'text/n3'],
  ['nq', 'application/n-quads'],
  ['nt', 'application/n-triples'],
  ['pdf', 'application/pdf'],
  ['png', 'image/png'],
  ['rdf', 'application/rdf+xml'],
  ['svg', 'image/svg+xml'],
  ['tsv', 'text/tab-separated-values'],
  ['ttl', 'text/turtle'],
  ['txt', 'text/plain'],
  ['xml', 'application/xml'],
  ['zip', 'application/zip'],
]);

const mediaTypeOf = (fileName: string): string | undefined =>
  MEDIA_TYPES.get((/\.([^./\\]+)$/.exec(fileName)?.[1] ?? '').toLowerCase());

const equal = ([first, second]: readonly Values[]): boolean =>
  textOfArgument(first) === textOfArgument(second);
const isAbsent = (value: Values): boolean => valuesOf(value).length === 0;
const includes = (values: readonly string[], value: Values): boolean =>
  values.includes(textOfArgument(value));

const onlyWhen = (condition: boolean, value: Values): Values => (condition ? value : undefined);

export const idlabFunctions: readonly FunctionDescription[] = [
  idlab('equal', [P.value, P.value2], OUT.idlabBoolean, equal),
  idlab('notEqual', [P.value, P.value2], OUT.idlabBoolean, (args) => !equal(args)),
  idlab('isNull', [I.strOrNull], OUT.idlabBoolean, ([value]) => isAbsent(value)),
  idlab('isNotNull', [I.strOrNull], OUT.idlabBoolean, ([value]) => !isAbsent(value)),
  idlab('decide', [I.str, I.expectedStr, I.result], OUT.idlabString, ([value, expected, result]) =>
    onlyWhen(equal([value, expected]), result),
  ),
  idlab('trueCondition', [I.strBoolean, I.resultStr], OUT.idlabString, ([test, value]) =>
    onlyWhen(isTrue(scalarOf(test)), value),
  ),
  idlab(
    'stringContainsOtherString',
    [I.str, I.otherStr, I.delimiter],
    OUT.idlabBoolean,
    ([text, other, delimiter]) =>
      includes(
        delimiter === undefined
          ? [textOfArgument(text)]
          : textOfArgument(text).split(textOfArgument(delimiter)),
        other,
      ),
  ),
  idlab('listContainsElement', [I.list, I.str], OUT.idlabBoolean, ([list, value]) =>
    includes(valuesOf(list).map(textOfArgument), value),
  ),
  idlab(
    'inRange',
    [I.test, I.from, I.to],
    OUT.idlabBoolean,
    onGivenTexts((test = '', from, to) => isInRange(test, from, to)),
  ),
  idlab(
    'concat',
    [I.str, I.otherStr, I.delimiter],
    OUT.idlabString,
    onTexts((first, second, delimiter) => first + delimiter + second),
  ),
  idlab('toUpperCaseURL', [I.str], OUT.idlabString, onTexts(toUpperCaseUrl)),
  idlab('slugify', [I.str], OUT.idlabString, onTexts(slugify)),
  idlab('getMIMEType', [I.str], OUT.idlabString, onTexts(mediaTypeOf)),
  idlab(
    'normalizeDate',
    [I.strDate, I.pattern],
    OUT.idlabString,
    onTexts((text, pattern) => normalizeDate(text, pattern, 'en')),
  ),
  idlab('normalizeDateWithLang', [I.strDate, I.pattern, I.lang], OUT.idlabString, onTexts(normalizeDate)),
  idlab(
    'normalizeDateTime',
    [I.strDate, I.pattern],
    OUT.idlabString,
    onTexts((text, pattern) => normalizeDateTime(text, pattern, 'en')),
  ),
  idlab(
    'normalizeDateTimeWithLang',
    [I.strDate, I.pattern, I.lang],
    OUT.idlabString,
    onTexts(normalizeDateTime),
  ),
  idlab('alwaysReturnsABC', [], OUT.idlabString, () => 'ABC'),
];
