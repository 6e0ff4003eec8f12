/** XML in parts: the same values as from the whole tree, in memory that does not grow with the document. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { FabricError } from '../../src/errors.ts';
import { runMapping } from '../../src/mapping/map.ts';
import { compileMapping } from '../../src/mapping/plan.ts';
import type { Asked, Part, ReadDocuments } from '../../src/mapping/reference/formulation.ts';
import { FORMULATIONS } from '../../src/mapping/reference/formulations.ts';
import { textData } from '../text-data.ts';
import { PREFIXES } from './check.ts';
import { specOf } from './read.ts';
import '../../src/source/rml/xpath.ts';

const { xpath } = FORMULATIONS;
const NAMESPACES = { p: 'http://ex.org/p' };
const SPEC = specOf({ formulation: 'xpath', spec: { namespaces: NAMESPACES }, chunks: [] });

async function partsFrom(read: ReadDocuments, chunks: readonly string[]): Promise<readonly Part[]> {
  const parts: Part[] = [];
  for await (const some of read(textData(chunks))) parts.push(...some);
  return parts;
}

/** What each logical source finds in each of its records. */
function valuesIn(parts: readonly Part[], asked: readonly Asked[]): readonly unknown[] {
  const documents = parts.flatMap((part) => ('document' in part ? [part.document] : []));
  return asked.map(({ iterator, references = [] }) => {
    const iterate = xpath.compileIterator(iterator, SPEC);
    const reads = references.map((reference) => xpath.compileReference(reference, SPEC));
    return documents.flatMap(iterate).map((record) => reads.map((read) => read(record, () => undefined)));
  });
}

const name = fc.constantFrom('a', 'b', 'p:c');
const attributes = fc
  .uniqueArray(fc.constantFrom('id', 'p:k', 'n'), { maxLength: 2 })
  .chain((names) =>
    fc.tuple(...names.map((one) => fc.constantFrom('1', '2', '&lt;').map((v) => ` ${one}="${v}"`))),
  )
  .map((each) => each.join(''));
const { child } = fc.letrec<{ element: string; child: string }>((tie) => ({
  element: fc
    .tuple(name, attributes, fc.array(tie('child'), { minLength: 1, maxLength: 6, depthIdentifier: 'xml' }))
    .map(([tag, own, below]) => `<${tag}${own}>${below.join('')}</${tag}>`),
  child: fc.oneof(
    { depthIdentifier: 'xml', maxDepth: 5, withCrossShrink: true },
    fc.constantFrom('x', ' ', '&amp;', '<![CDATA[<y>]]>', '<!--no-->', '<?pi do?>', '<b/>', '😀'),
    tie('element'),
  ),
}));
const document = fc
  .array(child, { minLength: 3, maxLength: 12 })
  .map(
    (below) =>
      `<?xml version="1.0"?><!--c--><r id="1" p:k="0" xmlns:p="http://ex.org/p">${below.join('')}</r>\n`,
  );
const step = fc.constantFrom('a', 'b', 'p:c', 'a', 'b', '*');
const iterator = fc
  .tuple(
    fc.array(
      fc.tuple(fc.constantFrom('/', '//', '//'), step).map((both) => both.join('')),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
    fc.constantFrom('', '', '', '/@id', '/@*'),
  )
  .chain(([steps, end]) => fc.constantFrom('', '/*', '/*').map((start) => start + steps.join('') + end));
const reference = fc.constantFrom(
  '.',
  '@id',
  '@*',
  'a',
  'b/a',
  'text()',
  '../@id',
  '../../@p:k',
  'a/../b',
  './/b',
  '*',
  '@id/..',
);
const asking = fc.array(
  fc.record({ iterator, references: fc.uniqueArray(reference, { minLength: 1, maxLength: 3 }) }),
  { minLength: 1, maxLength: 3 },
);

/** A text in pieces of some characters, whatever markup they cut. */
function cutAt(text: string, size: number): readonly string[] {
  const characters = Array.from(text);
  return Array.from({ length: Math.ceil(characters.length / size) }, (_, i) =>
    characters.slice(i * size, (i + 1) * size).join(''),
  );
}

describe('XML in parts', () => {
  it('gives what the whole tree gives', async () => {
    const counts = { several: 0, records: 0, runs: 0 };
    await fc.assert(
      fc.asyncProperty(document, asking, fc.constantFrom(3, 10, 1000), async (text, asked, size) => {
        const streamed = xpath.streamed?.(asked, SPEC);
        if (streamed === undefined) return;
        const chunks = cutAt(text, size);
        const parts = await partsFrom(streamed, chunks);
        const found = valuesIn(parts, asked);
        deepEqual(found, valuesIn(await partsFrom((data) => xpath.documents(data, SPEC), chunks), asked));
        counts.runs++;
        if (parts.length > 1) counts.several++;
        counts.records += found.flat().length;
      }),
      { numRuns: 1500 },
    );
    ok(counts.runs > 500, `${counts.runs} were streamed`);
    ok(counts.records > 2 * counts.runs, `${counts.records} records were found`);
    ok(counts.several > 100, `${counts.several} came in several parts`);
  });

  const WHOLE: Readonly<Record<string, readonly Asked[]>> = {
    'no iterator': [{ iterator: undefined, references: ['a'] }],
    'an iterator with a condition': [{ iterator: '//a[b]', references: ['b'] }],
    'an iterator that goes up': [{ iterator: '//a/..', references: ['b'] }],
    'a reference to what stands beside the record': [{ iterator: '/a/b', references: ['../c'] }],
    'a reference to an element above': [{ iterator: '/a/b', references: ['..'] }],
    'a reference from the root': [{ iterator: '/a/b', references: ['/a/@id'] }],
    'a reference that is a function': [{ iterator: '/a/b', references: ['count(../b)'] }],
    'references that are not known': [{ iterator: '/a/b', references: undefined }],
    'one of two that needs it': [
      { iterator: '/a/b', references: ['c'] },
      { iterator: '/a/d', references: ['../c'] },
    ],
  };
  for (const [title, asked] of Object.entries(WHOLE)) {
    it(`is not for ${title}`, () => {
      equal(xpath.streamed?.(asked, SPEC), undefined);
    });
  }

  const ASKED: readonly Asked[] = [{ iterator: '/all/one', references: ['name'] }];
  const LIMITS = { documentCharactersMax: 100_000 };
  const read = async (chunks: Iterable<string>): Promise<{ most: number; problems: readonly string[] }> => {
    const encoder = new TextEncoder();
    function* bytes(): Generator<Uint8Array> {
      for (const chunk of chunks) yield encoder.encode(chunk);
    }
    const iterate = xpath.compileIterator('/all/one', SPEC);
    let most = 0;
    const problems: string[] = [];
    for await (const parts of xpath.streamed!(ASKED, SPEC)!({
      kind: 'bytes',
      chunks: bytes(),
      limits: LIMITS,
    })) {
      for (const part of parts) {
        if ('document' in part) most = Math.max(most, iterate(part.document).length);
        else problems.push(part.problem.code);
      }
    }
    return { most, problems };
  };
  function* records(count: number, each: string): Generator<string> {
    yield '<all>';
    for (let i = 0; i < count; i++) yield each;
    yield '</all>';
  }

  it('holds no more than a piece of a document that is longer than the limit', async () => {
    deepEqual(await read(records(5_000, '<one><name>Ada</name></one><other>text</other>')), {
      most: 1,
      problems: [],
    });
  });

  it('holds one piece of a chunk at a time', async () => {
    const { most, problems } = await read(
      [...records(20_000, '<one><name>Ada</name></one>')].join('').match(/[^]+/g)!,
    );
    deepEqual(problems, []);
    ok(most > 1000 && most < 3000, `${most}`);
  });

  for (const [title, long] of Object.entries({
    'a record': `<one><name>${'x'.repeat(200_000)}</name></one>`,
    'a text that nobody asks for': `<two>${'x'.repeat(200_000)}</two>`,
    'a comment': `<!--${'x'.repeat(200_000)}-->`,
  })) {
    it(`refuses ${title} that is longer than the limit`, async () => {
      const { problems } = await read(['<all>', long, '</all>']);
      deepEqual(problems, ['document-too-large']);
    });
  }

  it('gives what comes before a fault', async () => {
    const mapping = `
ex:map a rml:TriplesMap ;
  rml:logicalSource [ rml:source "a.xml" ; rml:referenceFormulation rml:XPath ; rml:iterator "/all/one" ] ;
  rml:subjectMap [ rml:template "http://ex.org/{@id}" ] ;
  rml:predicateObjectMap [ rml:predicate ex:p ; rml:objectMap [ rml:reference "name" ] ] .
`;
    const text = '<all><one id="1"><name>a</name></one>\n<one id="2"><name>b</name></two></all>';
    const plan = compileMapping(PREFIXES + mapping, { name: 'test.ttl' });
    const subjects: string[] = [];
    let refusal: unknown;
    try {
      const access = { open: () => textData(text) };
      for await (const { subject } of runMapping(plan, access, { strict: true }))
        subjects.push(subject.value);
    } catch (thrown) {
      refusal = thrown;
    }
    deepEqual(subjects, ['http://ex.org/1']);
    ok(refusal instanceof FabricError);
    equal(refusal.type, 'syntax-error');
    ok(/Source "a.xml", line 2: XML is not read/.test(refusal.message), refusal.message);
  });
});
