import { deepEqual, equal } from 'node:assert/strict';
import { FabricError } from '../../src/errors.ts';
import { type Emitted, mapSources } from '../../src/mapping/execute/batch.ts';
import { compileMapping } from '../../src/mapping/plan.ts';
import type { Diagnostic } from '../../src/mapping/record.ts';
import { textData } from '../text-data.ts';
import { checkMapping, checkRefusal, type MappingCase, PREFIXES, runInput } from './check.ts';

const csv = (path: string): string =>
  `rml:logicalSource [ rml:source "${path}" ; rml:referenceFormulation rml:CSV ]`;
const json = (path: string, iterator: string): string =>
  `rml:logicalSource [ rml:source "${path}" ; rml:referenceFormulation rml:JSONPath ; rml:iterator "${iterator}" ]`;
const map = (name: string, source: string, ...more: readonly string[]): string =>
  `ex:${name} a rml:TriplesMap ; ${[source, ...more].join(' ; ')} .\n`;
const subject = (template: string): string => `rml:subjectMap [ rml:template "http://ex.org/${template}" ]`;
const object = (predicate: string, objectMap: string): string =>
  `rml:predicateObjectMap [ rml:predicate ex:${predicate} ; rml:objectMap [ ${objectMap} ] ]`;
const joined = (predicate: string, parent: string, child: string, key: string): string =>
  object(
    predicate,
    `rml:parentTriplesMap ex:${parent} ; rml:joinCondition [ rml:child "${child}" ; rml:parent "${key}" ]`,
  );

/** Mappings whose work has an order; all sources are read once. */
const ORDERS: Readonly<Record<string, MappingCase & { readonly opened: readonly string[] }>> = {
  'parents are read before their children': {
    mapping:
      map('child', csv('c.csv'), subject('{id}'), joined('of', 'parent', 'p', 'id')) +
      map('parent', csv('p.csv'), subject('p{id}'), object('n', 'rml:reference "id"')),
    sources: { 'c.csv': 'id,p\n1,a\n2,b\n', 'p.csv': 'id\na\n' },
    expected: 'ex:1 ex:of ex:pa . ex:pa ex:n "a" .',
    opened: ['p.csv', 'c.csv'],
  },
  'a chain of joins': {
    mapping:
      map('a', csv('a.csv'), subject('a{id}'), joined('of', 'b', 'up', 'id')) +
      map('b', csv('b.csv'), subject('b{id}'), joined('of', 'c', 'up', 'id')) +
      map('c', csv('c.csv'), subject('c{id}')),
    sources: { 'a.csv': 'id,up\n1,1\n', 'b.csv': 'id,up\n1,1\n', 'c.csv': 'id\n1\n' },
    expected: 'ex:a1 ex:of ex:b1 . ex:b1 ex:of ex:c1 .',
    opened: ['c.csv', 'b.csv', 'a.csv'],
  },
  'sources that join one another': {
    mapping:
      map('a', csv('a.csv'), subject('a{id}'), joined('b', 'b', 'up', 'id')) +
      map('b', csv('b.csv'), subject('b{id}'), joined('a', 'a', 'up', 'id')),
    sources: { 'a.csv': 'id,up\n1,2\n', 'b.csv': 'id,up\n2,1\n' },
    expected: 'ex:a1 ex:b ex:b2 . ex:b2 ex:a ex:a1 .',
    opened: ['a.csv', 'b.csv'],
  },
  'a source that joins itself': {
    mapping: map(
      'a',
      csv('a.csv'),
      subject('{id}'),
      joined('up', 'a', 'up', 'id'),
      object('n', 'rml:reference "id"'),
    ),
    sources: { 'a.csv': 'id,up\n1,2\n2,\n' },
    expected: 'ex:1 ex:up ex:2 ; ex:n "1" . ex:2 ex:n "2" .',
    opened: ['a.csv'],
  },
  'one text with several iterators': {
    mapping:
      map('a', json('d.json', '$.a[*]'), subject('a{id}'), joined('b', 'b', 'id', 'id')) +
      map('b', json('d.json', '$.b[*]'), subject('b{id}'), object('n', 'rml:reference "id"')),
    sources: { 'd.json': '{"a":[{"id":1}],"b":[{"id":1}]}' },
    expected: 'ex:a1 ex:b ex:b1 . ex:b1 ex:n 1 .',
    opened: ['d.json'],
  },
};

describe('plans', () => {
  for (const [title, { opened, ...input }] of Object.entries(ORDERS)) {
    it(title, async () => {
      await checkMapping(input);
      deepEqual((await runInput(input)).opened, opened);
    });
  }

  const WARNINGS: Readonly<Record<string, readonly [mapping: string, code: string, message: RegExp]>> = {
    'a source that nothing reads': [
      'ex:s a rml:LogicalSource ; rml:source "x.csv" ; rml:referenceFormulation rml:CSV .',
      'source-unused',
      /<http:\/\/ex\.org\/s> is a source that nothing reads/,
    ],
    'a view that nothing is mapped from': [
      `ex:v a rml:LogicalView ; rml:viewOn [ rml:source "x.csv" ; rml:referenceFormulation rml:CSV ] ;
        rml:field [ rml:fieldName "n" ; rml:reference "n" ] .`,
      'view-unused',
      /<http:\/\/ex\.org\/v> is a view/,
    ],
    'a triples map that states nothing': [
      map('m', csv('x.csv'), subject('{id}')),
      'rule-empty',
      /ex\.org\/m> .* states nothing/,
    ],
    'a template that refers to nothing': [
      map('m', csv('x.csv'), subject('x'), object('p', 'rml:reference "id"')),
      'subject-constant',
      /the same subject of every record/,
    ],
  };
  const quiet = map('quiet', csv('q.csv'), subject('{id}'), object('p', 'rml:reference "id"'));
  for (const [title, [mapping, code, message]] of Object.entries(WARNINGS)) {
    it(`warn of ${title}`, () => {
      const { warnings } = compileMapping(PREFIXES + quiet + mapping, { name: 'test.ttl' });
      deepEqual(
        warnings.map((warning) => [warning.code, message.test(warning.message)]),
        [[code, true]],
      );
    });
  }

  it('do not warn of parents that state nothing', () => {
    const { mapping } = ORDERS['a chain of joins']!;
    deepEqual(compileMapping(PREFIXES + mapping, { name: 'test.ttl' }).warnings, []);
  });

  it('refuse a join of constants that differ, at its line', () =>
    checkRefusal(
      {
        mapping:
          map('p', csv('p.csv'), subject('{id}')) +
          map(
            'c',
            csv('c.csv'),
            subject('{id}'),
            object(
              'of',
              `rml:parentTriplesMap ex:p ; rml:joinCondition [
  rml:childMap [ rml:constant "a" ] ; rml:parentMap [ rml:constant "b" ] ]`,
            ),
          ),
        sources: {},
      },
      {
        type: 'mapping-invalid',
        message: /a join that never holds: the child is "a", the parent "b"/,
        line: 3,
      },
    ));
});

interface Run {
  readonly emitted: readonly Emitted[];
  readonly diagnostics: readonly Diagnostic[];
  readonly refused: string | undefined;
}

async function run(mapping: string, sources: Readonly<Record<string, string>>): Promise<Run> {
  const plan = compileMapping(PREFIXES + mapping, { name: 'test.ttl' });
  const emitted: Emitted[] = [];
  const diagnostics: Diagnostic[] = [];
  const onDiagnostic = (diagnostic: Diagnostic): void => void diagnostics.push(diagnostic);
  const access = {
    open: ({ location = '' }: { location: string | undefined }) => textData(sources[location]!),
  };
  let refused: string | undefined;
  try {
    for await (const each of mapSources(plan, access, { strict: false, onDiagnostic })) emitted.push(each);
  } catch (thrown) {
    if (!(thrown instanceof FabricError)) throw thrown;
    refused = thrown.type;
  }
  return { emitted, diagnostics, refused };
}

describe('batches', () => {
  const NDJSON = map(
    'm',
    json('d.ndjson', '$.i[*]'),
    subject('{n}'),
    object('p', 'rml:reference "n"'),
    object('q', 'rml:reference "u" ; rml:termType rml:URI'),
  );

  it('tell rule, source, record and row of each quad, and of each problem', async () => {
    const { emitted, diagnostics } = await run(NDJSON, {
      'd.ndjson': '{"i":[{"n":"a"},{"n":"b","u":"é"}]}\n{\n{"i":[{"n":"c"}]}\n',
    });
    deepEqual(
      emitted.map(({ quad, rule, source, record, row, line }) => [
        quad.object.value,
        rule,
        source.location,
        record,
        row,
        line,
      ]),
      [
        ['a', 0, 'd.ndjson', 0, 1, 1],
        ['b', 0, 'd.ndjson', 1, 1, 1],
        ['c', 0, 'd.ndjson', 2, 3, 3],
      ],
    );
    deepEqual(
      diagnostics.map(({ code, at }) => ({ code, ...at })),
      [
        { code: 'iri-invalid', source: 'd.ndjson', record: 1, row: 1, line: 1 },
        { code: 'json-malformed', source: 'd.ndjson', row: 2, line: 2 },
      ],
    );
  });

  it('tell the maker of a quad and not of its duplicates, unless asked for all', async () => {
    const mapping = map('m', csv('d.csv'), subject('x{a}'), object('p', 'rml:constant "y"'));
    const plan = compileMapping(PREFIXES + mapping, { name: 'test.ttl' });
    const access = { open: () => textData('a\n1\n1\n2\n') };
    const rowsOf = async (keepDuplicates: boolean): Promise<unknown[]> => {
      const rows: unknown[] = [];
      for await (const { row } of mapSources(plan, access, { strict: true, keepDuplicates })) rows.push(row);
      return rows;
    };
    deepEqual(await rowsOf(false), [1, 3]);
    deepEqual(await rowsOf(true), [1, 2, 3]);
  });

  it('a text that cannot be read on is refused after all else is mapped', async () => {
    const mapping =
      map('a', csv('a.csv'), subject('a{id}'), object('p', 'rml:reference "id"')) +
      map('b', csv('b.csv'), subject('b{id}'), object('p', 'rml:reference "id"'));
    const { emitted, refused } = await run(mapping, { 'a.csv': 'id\n1\n"x"y\n2\n', 'b.csv': 'id\n3\n' });
    equal(refused, 'syntax-error');
    deepEqual(
      emitted.map(({ quad }) => quad.object.value),
      ['1', '3'],
    );
  });

  it('a record that fails as a whole takes no other with it', async () => {
    const deep = '['.repeat(3000) + ']'.repeat(3000);
    const { emitted, diagnostics } = await run(
      map('m', json('d.ndjson', '$'), subject('{n}'), object('p', 'rml:reference "$..[?@.x == 1].y"')),
      { 'd.ndjson': `{"n":1,"v":[{"x":1,"y":"a"}]}\n{"n":2,"v":${deep}}\n{"n":3,"v":[{"x":1,"y":"b"}]}\n` },
    );
    deepEqual(
      emitted.map(({ quad }) => quad.object.value),
      ['a', 'b'],
    );
    deepEqual(
      diagnostics.map(({ code, at }) => [code, at?.record]),
      [['record-failed', 1]],
    );
  });

  it('quads are distinct within each target, and a quad may go to several', async () => {
    const target = (name: string): string =>
      `ex:${name} a rml:LogicalTarget ; rml:target [ a rml:RelativePathTarget ; rml:root rml:CurrentWorkingDirectory ; rml:path "${name}.nq" ] ; rml:serialization <http://www.w3.org/ns/formats/N-Quads> .\n`;
    const mapping =
      target('t1') +
      target('t2') +
      map('m', csv('d.csv'), subject('x'), object('p', 'rml:constant "y" ; rml:logicalTarget ex:t1')) +
      map('n', csv('d.csv'), subject('x'), object('p', 'rml:constant "y" ; rml:logicalTarget ex:t1, ex:t2')) +
      map('o', csv('d.csv'), subject('x'), object('p', 'rml:constant "y"'));
    const { emitted } = await run(mapping, { 'd.csv': 'a\n1\n2\n' });
    deepEqual(
      emitted.map(({ rule, targets }) => [rule, targets.length]),
      [
        [0, 1],
        [1, 1],
        [2, 0],
      ],
    );
  });
});
