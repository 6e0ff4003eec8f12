/** Mappings compiled with no more than they need, each in a process where nothing has been loaded before. */
import { deepEqual, equal } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { PREFIXES } from './check.ts';

const source = (formulation: string): string =>
  `rml:logicalSource [ rml:source "a" ; rml:referenceFormulation rml:${formulation} ; rml:iterator "/a" ]`;
const csv = `rml:logicalSource [ rml:source "a.csv" ; rml:referenceFormulation rml:CSV ]`;
const subject = 'rml:subjectMap [ rml:template "http://ex.org/{a}" ]';
const stating = (object: string): string =>
  `rml:predicateObjectMap [ rml:predicate ex:p ; rml:objectMap [ ${object} ] ]`;
const upper = `rml:functionExecution [ rml:function grel:toUpperCase ;
  rml:input [ rml:parameter grel:valueParameter ; rml:inputValueMap [ rml:reference "a" ] ] ]`;
const condition = `rml:condition [ rml:functionExecution [ rml:function grel:boolean_not ;
  rml:input [ rml:parameter grel:param_b ; rml:inputValue "true" ] ] ]`;
const view = (
  field: string,
  key: string,
): string => `ex:View a rml:LogicalView ; rml:viewOn ex:Csv ; rml:field ${field} .
  ex:Csv ${csv.slice('rml:logicalSource ['.length, -1)} .
  ex:Map rml:logicalSource ex:View ; rml:subjectMap [ rml:template "http://ex.org/{${key}}" ; rml:class ex:C ] .`;

/** What a mapping loads: parsers of formulations, and the functions. */
const CASES: readonly (readonly [name: string, mapping: string, loaded: readonly string[]])[] = [
  ['CSV', `ex:Map ${csv} ; ${subject} ; ${stating('rml:reference "b"')} .`, ['csv']],
  [
    'JSON',
    `ex:Map ${source('JSONPath').replace('"/a"', '"$.a"')} ; ${subject} ; ${stating('rml:reference "b"')} .`,
    ['json-path'],
  ],
  ['XPath', `ex:Map ${source('XPath')} ; ${subject} ; ${stating('rml:reference "b"')} .`, ['xml']],
  ['a function', `ex:Map ${csv} ; ${subject} ; ${stating(upper)} .`, ['built-in', 'csv']],
  [
    'a condition',
    `ex:Map ${csv} ; ${subject} ; ${stating(`rml:reference "b" ; ${condition}`)} .`,
    ['built-in', 'csv'],
  ],
  [
    'a function among the members of a list',
    `ex:Map ${csv} ; ${subject} ; ${stating(`rml:gather ( [ ${upper} ] ) ; rml:gatherAs rdf:List`)} .`,
    ['built-in', 'csv'],
  ],
  [
    'JSON in a field of a view',
    view(
      `[ a rml:ExpressionField ; rml:fieldName "x" ; rml:reference "a" ; rml:field
      [ a rml:IterableField ; rml:fieldName "z" ; rml:referenceFormulation rml:JSONPath ; rml:iterator "$" ; rml:field
        [ a rml:ExpressionField ; rml:fieldName "y" ; rml:reference "$.y" ] ] ]`,
      'x.z.y',
    ),
    ['csv', 'json-path'],
  ],
  [
    'a function in a field of a view',
    view(`[ a rml:ExpressionField ; rml:fieldName "x" ; ${upper} ]`, 'x'),
    ['built-in', 'csv'],
  ],
];

const SCRIPT = `
import { registerHooks } from 'node:module';
const loaded = [];
registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
const { checkMapping } = await import(process.argv[1]);
const { loadPlan } = await import(process.argv[2]);
const plan = await loadPlan(checkMapping(process.argv[3], { name: 'a mapping' }));
console.log(JSON.stringify({ loaded, groups: plan.groups.length }));
`;

describe('mappings, loaded', () => {
  for (const [name, mapping, expected] of CASES) {
    it(`${name}: with what it needs and no more`, () => {
      const modules = ['check', 'load'].map(
        (file) => new URL(`../../src/mapping/${file}.ts`, import.meta.url).href,
      );
      const command = ['--input-type=module', '--eval', SCRIPT, ...modules, PREFIXES + mapping];
      const output = execFileSync(process.execPath, command, { encoding: 'utf8' });
      const { loaded, groups } = JSON.parse(output) as { loaded: readonly string[]; groups: number };
      equal(groups, 1);
      const parts = loaded.flatMap(
        (url) => /\/(csv|json-path|xml|sql|excel|built-in)\.ts$/.exec(url)?.[1] ?? [],
      );
      deepEqual(parts.sort(), expected);
    }).timeout(20_000);
  }
});
