import { deepEqual, equal } from 'node:assert/strict';
import { withFolder } from '../source/rml/reading.ts';
import { rmlSuites } from './rml.ts';
import { runCases } from './suite.ts';

const NEW = '@prefix rml: <http://w3id.org/rml/> .';
const LEGACY = `@prefix rr: <http://www.w3.org/ns/r2rml#> .
@prefix rml: <http://semweb.mmlab.be/ns/rml#> .
@prefix ql: <http://semweb.mmlab.be/ns/ql#> .`;

const mapping = (source: string, reference: string): string => `${NEW}
<#map> rml:logicalSource [ rml:source ${source} ; rml:referenceFormulation rml:CSV ] ;
  rml:subjectMap [ rml:template "s/{id}" ] ;
  rml:predicateObjectMap [ rml:predicate <http://ex.org/p> ; rml:objectMap [ rml:reference "${reference}" ] ] .`;

const legacy = (reference: string): string => `${LEGACY}
<#map> rml:logicalSource [ rml:source "a.json" ; rml:referenceFormulation ql:JSONPath ; rml:iterator "$[*]" ] ;
  rr:subjectMap [ rr:template "s/{id}" ] ;
  rr:predicateObjectMap [ rr:predicate <http://ex.org/p> ; rr:objectMap [ rml:reference "${reference}" ] ] .`;

const CSV = { 'a.csv': 'id,n\n1,x\n' };
const JSON_FILE = { 'a.json': '[{"id": 1, "n": "x"}]' };
const GRAPH = '<http://example.com/s/1> <http://ex.org/p> "x" .\n';
const TARGET = mapping('"a.csv"', 'n').replace(
  'rml:template "s/{id}"',
  'rml:template "s/{id}" ; rml:logicalTarget [ rml:target [ rml:path "dump1.nq" ; rml:root rml:CurrentWorkingDirectory ] ]',
);

/** Whether a folder with these files is a case that passes. */
const CASES: Readonly<Record<string, readonly [Readonly<Record<string, string>>, boolean]>> = {
  'the expected graph': [{ 'mapping.ttl': mapping('"a.csv"', 'n'), 'output.nq': GRAPH, ...CSV }, true],
  'the graph under its other name': [
    { 'mapping.ttl': mapping('"a.csv"', 'n'), 'default.nq': GRAPH, ...CSV },
    true,
  ],
  'another graph': [
    { 'mapping.ttl': mapping('"a.csv"', 'n'), 'output.nq': GRAPH.replace('"x"', '"y"'), ...CSV },
    false,
  ],
  'an error where no graph is expected': [{ 'mapping.ttl': mapping('"a.csv"', 'm'), ...CSV }, true],
  'no error where one is expected': [{ 'mapping.ttl': mapping('"a.csv"', 'n'), ...CSV }, false],
  'an error where a graph is expected': [
    { 'mapping.ttl': mapping('"a.csv"', 'm'), 'output.nq': GRAPH, ...CSV },
    false,
  ],
  'a table that says that an error is expected': [
    {
      'metadata.csv': 'ID,title,error\ncase,some,true\n',
      'mapping.ttl': mapping('"a.csv"', 'm'),
      'output.nq': '',
      ...CSV,
    },
    true,
  ],
  'a file on the web': [
    { 'mapping.ttl': mapping('"http://data.example.org/files/a.csv"', 'n'), 'output.nq': GRAPH, ...CSV },
    true,
  ],
  'a file on the web that the folder has not': [
    { 'mapping.ttl': mapping('"http://data.example.org/b.csv"', 'n'), 'output.nq': GRAPH, ...CSV },
    false,
  ],
  'a legacy mapping': [{ 'mapping.ttl': legacy('n'), 'output.nq': GRAPH, ...JSON_FILE }, true],
  'a legacy reference that no record has': [{ 'mapping.ttl': legacy('m'), ...JSON_FILE }, true],
  'a target that is written': [{ 'mapping.ttl': TARGET, 'default.nq': '', 'dump1.nq': GRAPH, ...CSV }, true],
  'a target with another graph': [
    { 'mapping.ttl': TARGET, 'default.nq': '', 'dump1.nq': GRAPH.replace('"x"', '"y"'), ...CSV },
    false,
  ],
};

describe('folders of RML cases', () => {
  for (const [title, [files, passes]] of Object.entries(CASES)) {
    it(`${passes ? 'pass' : 'fail'} with ${title}`, () => {
      const nested = Object.fromEntries(
        Object.entries(files).map(([name, text]) => [name === 'metadata.csv' ? name : `case/${name}`, text]),
      );
      return withFolder(nested, async (folder) => {
        const suite = rmlSuites.find(({ name }) => name === 'rml-io')!;
        const { tally, remarks } = await runCases('rml-io', await suite.load(folder), {});
        equal(tally.total, 1);
        equal(tally.passed === 1, passes, remarks.join('\n'));
      });
    });
  }

  it('are refused when there are none', () =>
    withFolder({ 'readme.txt': 'nothing' }, async (folder) => {
      const [suite] = rmlSuites;
      const { ok, tally } = await runCases('rml-core', await suite!.load(folder), {});
      deepEqual([ok, tally.total], [false, 0]);
    }));
});
