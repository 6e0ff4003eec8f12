/** What only the compiler of the term engine refuses must not get past it through the byte engine. */
import { deepEqual, notDeepEqual, throws } from 'node:assert/strict';
import { unsupportedParts } from '../../../src/mapping/bytes/support.ts';
import { checkMapping } from '../../../src/mapping/check.ts';
import { compileMapping } from '../../../src/mapping/plan.ts';
import { PREFIXES } from '../check.ts';

const source = (rest: string): string => `rml:logicalSource [ rml:source "a" ; ${rest} ]`;
const CSV = source('rml:referenceFormulation rml:CSV');
const JSON_ROWS = source('rml:referenceFormulation rml:JSONPath ; rml:iterator "$[*]"');
const subject = 'rml:subjectMap [ rml:template "http://ex.org/{a}" ]';
const stating = (object: string): string =>
  `rml:predicateObjectMap [ rml:predicate ex:p ; rml:objectMap [ ${object} ] ]`;
const joined = `ex:Other ${JSON_ROWS} ; ${subject} ; ${stating('rml:reference "b"')} .`;

/** Each passes the checks of the mapping alone. */
const REFUSED: readonly (readonly [name: string, mapping: string])[] = [
  [
    'an iterator over a table',
    `ex:Map ${source('rml:referenceFormulation rml:CSV ; rml:iterator "$"')} ; ${subject} ; ${stating('rml:reference "b"')} .`,
  ],
  [
    'an iterator that is no JSONPath',
    `ex:Map ${JSON_ROWS.replace('$[*]', '$[')} ; ${subject} ; ${stating('rml:reference "b"')} .`,
  ],
  [
    'a reference that is no JSONPath',
    `ex:Map ${JSON_ROWS} ; ${subject} ; ${stating('rml:reference "$.["')} .`,
  ],
  [
    'a template that holds one',
    `ex:Map ${JSON_ROWS} ; ${subject} ; ${stating('rml:template "http://ex.org/{$.[}"')} .`,
  ],
  [
    'a join without a condition',
    `ex:Map ${CSV} ; ${subject} ; ${stating('rml:parentTriplesMap ex:Other')} . ${joined}`,
  ],
  [
    'a key of a join that is no JSONPath',
    `ex:Map ${CSV} ; ${subject} ; ${stating(
      'rml:parentTriplesMap ex:Other ; rml:joinCondition [ rml:child "b" ; rml:parent "$.[" ]',
    )} . ${joined}`,
  ],
];

describe('mappings that only the term engine refuses', () => {
  for (const [name, mapping] of REFUSED) {
    it(`${name}: not taken for bytes`, () => {
      const text = PREFIXES + mapping;
      throws(() => compileMapping(text, { name }), { type: 'mapping-invalid' });
      notDeepEqual(unsupportedParts(checkMapping(text, { name }).triplesMaps), []);
    });
  }

  it('nothing is in the way of a plain one', () => {
    const text = `${PREFIXES}ex:Map ${CSV} ; ${subject} ; ${stating('rml:reference "b"')} .`;
    deepEqual(unsupportedParts(checkMapping(text, { name: 'plain' }).triplesMaps), []);
  });
});
