import { deepEqual, equal } from 'node:assert/strict';
import fc from 'fast-check';
import { compileMapping } from '../../src/mapping/plan.ts';
import { FORMULATIONS } from '../../src/mapping/reference/formulations.ts';
import { xmlFacade } from '../../src/mapping/reference/xml-facade.ts';
import { readXml } from '../../src/mapping/reference/xml-reader.ts';
import type { XmlNode } from '../../src/mapping/reference/xml-tree.ts';
import { xpathEngine } from '../../src/mapping/reference/xpath-engine.ts';
import { compilePlainPath } from '../../src/mapping/reference/xpath-path.ts';
import { checkMapping, checkRefusal, PREFIXES } from './check.ts';
import { partsOf, problemsIn, valuesOf } from './read.ts';
import '../../src/source/rml/xpath.ts';

const DOCUMENT = `<?xml version="1.0" encoding="UTF-8"?>
<!-- people --><p:people xmlns:p="http://ex.org/p" xmlns="http://ex.org/d">
  <person xmlns="" id="1" p:rank="first"><name>Ann <b>B.</b></name><tag>x</tag><tag>y</tag><empty/></person>
  <person xmlns="" id="2"><name><![CDATA[<Bob>]]> &amp; Co</name><age>7</age><!-- none --></person>
  <other><person xmlns="" id="3"/></other>
</p:people>`;

const NAMESPACES = { q: 'http://ex.org/p', d: 'http://ex.org/d' };

const VALUES: Readonly<
  Record<string, readonly [iterator: string | undefined, reference: string, expected: unknown]>
> = {
  'an attribute': ['/q:people/person', '@id', ['1', '2']],
  'an attribute in a namespace': ['/q:people/person', '@q:rank', ['first', undefined]],
  'the text of an element, all of it': ['/q:people/person', 'name', ['Ann B.', '<Bob> & Co']],
  'only the own text': ['/q:people/person', 'name/text()', ['Ann ', '<Bob> & Co']],
  'several elements': ['/q:people/person', 'tag', [['x', 'y'], undefined]],
  'an element that is empty': ['/q:people/person', 'empty', ['', undefined]],
  'elements at any depth': ['//person', '@id', ['1', '2', '3']],
  'the parent': ['//person/@id', '../@id', ['1', '2', '3']],
  'any element': ['/*', 'count(*)', [[3]]],
  'a position': ['/q:people/person[2]', 'age', ['7']],
  'a condition': ['//person[@id > 1]', '@id', ['2', '3']],
  'a function': ['//person[name]', 'upper-case(tag[1])', [['X'], ['']]],
  'a text that is put together': ['//person[tag]', 'string-join(tag, "+")', [['x+y']]],
  'the record itself': ['//tag', '.', ['x', 'y']],
  'the document, where no iterator is given': [undefined, '/q:people/d:other/person/@id', ['3']],
  'an axis': ['//b', 'ancestor::person/@id', [['1']]],
  'a truth value': ['//person', 'exists(age)', [[false], [true], [false]]],
};

describe('XPath', () => {
  for (const [title, [iterator, reference, expected]] of Object.entries(VALUES)) {
    it(title, async () => {
      const rows = await valuesOf({
        formulation: 'xpath',
        spec: { namespaces: NAMESPACES },
        chunks: [DOCUMENT.slice(0, 150), DOCUMENT.slice(150)],
        references: [reference],
        ...(iterator === undefined ? {} : { iterator }),
      });
      deepEqual(
        rows.map(([value]) => value),
        expected,
      );
    });
  }

  const segment = fc.constantFrom(
    'person',
    '*',
    '@id',
    '@*',
    'name',
    'tag',
    'text()',
    '..',
    '.',
    'd:other',
    'b',
  );
  const path = fc
    .tuple(
      fc.constantFrom('', '/', '//'),
      fc.array(fc.tuple(fc.constantFrom('/', '//'), segment), { maxLength: 3 }),
      segment,
    )
    .map(([start, steps, last]) => start + steps.map(([slash, step]) => step + slash).join('') + last);

  it('gives for plain paths what the interpreter gives', async () => {
    const document = await readXml([DOCUMENT]);
    const { evaluateXPath } = xpathEngine();
    const namespaceResolver = (prefix: string): string | null =>
      prefix === '' ? null : NAMESPACES[prefix as keyof typeof NAMESPACES];
    let compared = 0;
    fc.assert(
      fc.property(path, fc.boolean(), (text, below) => {
        const plain = compilePlainPath(text, NAMESPACES);
        if (plain === undefined) return;
        const root = document.childNodes.find((node) => node.nodeType === 1)!;
        const context: XmlNode = below ? root : document;
        const theirs: unknown[] = evaluateXPath(
          text,
          context,
          xmlFacade,
          null,
          evaluateXPath.ALL_RESULTS_TYPE,
          { namespaceResolver },
        );
        const ours = plain(context);
        equal(ours.length, theirs.length, text);
        equal(
          ours.every((node, i) => node === theirs[i]),
          true,
          text,
        );
        compared++;
      }),
      { numRuns: 500 },
    );
    equal(compared > 100, true);
  });

  it('refuses records of the fabric', () => {
    let type = '';
    try {
      FORMULATIONS.xpath.adopt({ a: 1 });
    } catch (thrown) {
      type = (thrown as { type: string }).type;
    }
    equal(type, 'not-supported');
  });
});

const xmlMap = (reference: string, formulation = 'rml:XPath', iterator = '//person'): string => `
ex:map a rml:TriplesMap ;
  rml:logicalSource [ rml:source "people.xml" ; rml:referenceFormulation ${formulation} ; rml:iterator "${iterator}" ] ;
  rml:subjectMap [ rml:template "http://ex.org/{@id}" ] ;
  rml:predicateObjectMap [ rml:predicate ex:p ; rml:objectMap [ rml:reference "${reference}" ] ] .
`;

describe('XML mappings', () => {
  it('take namespaces from the mapping', () =>
    checkMapping({
      mapping: xmlMap(
        '@r:rank',
        `[ a rml:XPathReferenceFormulation ;
           rml:namespace [ rml:namespacePrefix "r" ; rml:namespaceURL "http://ex.org/p" ] ]`,
      ),
      sources: { 'people.xml': DOCUMENT },
      expected: 'ex:1 ex:p "first" .',
    }));

  const REFUSED: Readonly<Record<string, readonly [string, RegExp]>> = {
    'a prefix that is not declared': [
      xmlMap('x:name'),
      /prefix "x" is not declared; declare it with rml:namespace/,
    ],
    'a prefix that is not declared, in a longer path': [
      xmlMap('x:name[1]'),
      /x.*(?:not declared|could not be resolved)/,
    ],
    'a path that is none': [xmlMap('name['), /has the reference "name\[": XPST0003/],
    'a function that is none': [xmlMap('nofunction(name)'), /XPST0017/],
    'an iterator that is none': [xmlMap('name', 'rml:XPath', '//person['), /has the iterator .*XPST0003/],
    'namespaces of another formulation': [
      xmlMap(
        'name',
        '[ a rml:JSONPathReferenceFormulation ; rml:namespace [ rml:namespacePrefix "r" ; rml:namespaceURL "http://ex.org/" ] ]',
      ),
      /has XML namespaces although its formulation is not XPath/,
    ],
    'a namespace without a prefix': [
      xmlMap(
        'name',
        '[ a rml:XPathReferenceFormulation ; rml:namespace [ rml:namespaceURL "http://ex.org/" ] ]',
      ),
      /lacks rml:namespacePrefix or rml:namespaceURL/,
    ],
  };
  for (const [title, [mapping, message]] of Object.entries(REFUSED)) {
    it(`are refused for ${title}`, () =>
      checkRefusal({ mapping, sources: {} }, { type: 'mapping-invalid', message }));
  }

  it('name the line of a path that is none', () => {
    let line = 0;
    try {
      compileMapping(PREFIXES + xmlMap('name['), { name: 'test.ttl' });
    } catch (thrown) {
      line = (thrown as { location: { line: number } }).location.line;
    }
    equal(line - PREFIXES.split('\n').length + 1, 5);
  });
});

const BROKEN: Readonly<Record<string, readonly [string, { code: string; line: number; column?: number }]>> = {
  'an element that is not closed': ['<a>\n  <b>\n</a>', { code: 'xml-malformed', line: 3 }],
  'text after the root': ['<a/>\nx', { code: 'xml-malformed', line: 2 }],
  'an entity that is not defined': ['<a>\n&who;</a>', { code: 'xml-malformed', line: 2 }],
  'nothing at all': ['', { code: 'xml-malformed', line: 1 }],
  'a prefix without a namespace': ['<p:a/>', { code: 'xml-malformed', line: 1 }],
  'a document type': ['<!DOCTYPE a [<!ENTITY e "x">]>\n<a>&e;</a>', { code: 'xml-doctype', line: 1 }],
  'an external entity': ['<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', { code: 'xml-doctype', line: 1 }],
  'entities that grow': [
    `<!DOCTYPE a [<!ENTITY a "${'x'.repeat(100)}"><!ENTITY b "&a;&a;&a;&a;">]><a>&b;</a>`,
    { code: 'xml-doctype', line: 1 },
  ],
  'elements that are nested too deep': ['<a>'.repeat(100_000), { code: 'xml-too-deep', line: 1 }],
};

describe('broken XML', () => {
  for (const [title, [text, { code, line }]] of Object.entries(BROKEN)) {
    it(`is told with its place: ${title}`, async () => {
      const [problem, ...more] = problemsIn(await partsOf({ formulation: 'xpath', chunks: [text] }));
      deepEqual([problem?.code, problem?.line, problem?.fatal, more], [code, line, true, []]);
    });
  }

  it('is a syntax error of the run', () =>
    checkRefusal(
      { mapping: xmlMap('name'), sources: { 'people.xml': '<!DOCTYPE x>\n<x/>' }, strict: false },
      {
        type: 'syntax-error',
        message: /Source "people.xml", line 1: XML is not read: a document type declaration/,
      },
      0,
    ));
});
