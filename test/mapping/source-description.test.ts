import { deepEqual } from 'node:assert/strict';
import type { LogicalSource } from '../../src/mapping/normal-form.ts';
import { checkRefused, sourceOf } from '../source/rml/reading.ts';

/** What a description becomes in normal form. */
const DESCRIPTIONS: Readonly<Record<string, readonly [string, LogicalSource['description']]>> = {
  'a text': ['"data/a.csv"', { kind: 'file', path: 'data/a.csv', root: undefined }],
  'a text that is an address': ['"https://ex.org/a.csv"', { kind: 'http', url: 'https://ex.org/a.csv' }],
  'a path': [
    '[ a rml:FilePath ; rml:path "a.csv" ; rml:root rml:MappingDirectory ]',
    { kind: 'file', path: 'a.csv', root: 'MappingDirectory' },
  ],
  'a path below a path': [
    '[ rml:path "a.csv" ; rml:root "/data" ]',
    { kind: 'file', path: 'a.csv', root: '/data' },
  ],
  'a file address': ['<file:///data/a%20b.csv>', { kind: 'file', path: '/data/a b.csv', root: undefined }],
  'a name': ['ex:data', { kind: 'given', iri: 'http://ex.org/data' }],
  'a download': ['[ dcat:downloadURL <http://ex.org/a> ]', { kind: 'http', url: 'http://ex.org/a' }],
  'an access address': ['[ dcat:accessURL <http://ex.org/a> ]', { kind: 'http', url: 'http://ex.org/a' }],
  'a table': ['[ a csvw:Table ; csvw:url "a.csv" ]', { kind: 'file', path: 'a.csv', root: undefined }],
  'a web thing': [
    `[ a td:Thing ; td:hasSecurityConfiguration [ a wotsec:NoSecurityScheme ] ;
       td:hasPropertyAffordance [ td:hasForm [ hctl:hasTarget "http://ex.org/t" ; hctl:forContentType "text/csv" ] ] ]`,
    { kind: 'http', url: 'http://ex.org/t' },
  ],
  'a property of a thing': [
    '[ a td:PropertyAffordance ; td:hasForm [ hctl:hasTarget "http://ex.org/t" ] ]',
    { kind: 'http', url: 'http://ex.org/t' },
  ],
  'a topic of a broker': [
    '[ a td:Thing ; td:hasPropertyAffordance [ td:hasForm [ hctl:hasTarget "mqtt://broker:1883/site/+/temp%20a" ; mqv:controlPacketValue "SUBSCRIBE" ] ] ]',
    { kind: 'mqtt', broker: 'mqtt://broker:1883', topic: 'site/+/temp a' },
  ],
  'all topics of a broker': [
    '[ td:hasForm [ hctl:hasTarget "mqtts://broker/site/#" ] ]',
    { kind: 'mqtt', broker: 'mqtts://broker', topic: 'site/#' },
  ],
  'the records of a source': [
    '[ a cf:Records ; cf:sourceName "sites" ]',
    { kind: 'records', source: 'sites' },
  ],
  'the record itself': ['[ a cf:Records ]', { kind: 'records', source: undefined }],
};

const REFUSED: Readonly<Record<string, readonly [source: string, message: RegExp, more?: string]>> = {
  'no address': ['[ a rml:Source ]', /is a source without an address; supported: rml:path, dcat:downloadURL/],
  'a root alone': ['[ rml:root rml:MappingDirectory ]', /has an rml:root without an rml:path/],
  'a root that is none': [
    '[ rml:root rml:HomeDirectory ; rml:path "a" ]',
    /HomeDirectory>; supported: rml:MappingDir/,
  ],
  'a property that is misspelt': [
    '[ rml:pth "a" ]',
    /has rml:pth, which is not supported on a source; did you mean rml:path/,
  ],
  'a method that writes': [
    '[ td:hasForm [ hctl:hasTarget "http://ex.org/" ; htv:methodName "POST" ] ]',
    /asks for the method POST; sources are read by GET/,
  ],
  credentials: [
    '[ td:hasSecurityConfiguration [ a wotsec:BasicSecurityScheme ] ; td:hasForm [ hctl:hasTarget "http://ex.org/" ] ]',
    /asks for credentials/,
  ],
  'a protocol that is not read': [
    '[ td:hasForm [ hctl:hasTarget "kafka://b/t" ] ]',
    /supported: http:, https:, mqtt:/,
  ],
  'a form without a target': [
    '[ td:hasForm [ hctl:forContentType "text/csv" ] ]',
    /is a form without hctl:hasTarget/,
  ],
  'a broker without a topic': ['[ td:hasForm [ hctl:hasTarget "mqtt://broker" ] ]', /names no topic/],
  'a table with a schema': [
    '[ csvw:url "a.csv" ; csvw:tableSchema [ csvw:column [ csvw:name "a" ] ] ]',
    /csvw:tableSchema, which is not supported/,
  ],
  'an unknown formulation': [
    '"a.csv"',
    /unknown reference formulation <http:\/\/w3id.org\/rml\/CVS>; did you mean <http:\/\/w3id.org\/rml\/CSV>/,
    'rml:referenceFormulation rml:CVS',
  ],
  'no formulation': ['"a.csv"', /has no rml:referenceFormulation/, 'rml:iterator "$"'],
  'a query without a database': [
    '"a.json"',
    /has an rml:query although its source is neither database nor service/,
    'rml:referenceFormulation rml:JSONPath ; rml:query "SELECT 1"',
  ],
  'two compressions': [
    '[ rml:path "a.csv" ; rml:compression rml:gzip ]',
    /and its source differ in rml:compression/,
    'rml:referenceFormulation rml:CSV ; rml:compression rml:zip',
  ],
  'a null that is no text': ['[ rml:path "a.csv" ; rml:null ex:none ]', /has an rml:null that is no literal/],
  'a query language over a file': [
    '"a.csv"',
    /reads SQL although its source is no d2rq:Database/,
    'rml:referenceFormulation rml:SQL2008Query',
  ],
};

describe('source descriptions', () => {
  for (const [title, [source, description]] of Object.entries(DESCRIPTIONS)) {
    it(title, () => {
      deepEqual(sourceOf(source).description, description);
    });
  }

  for (const [title, [source, message, more]] of Object.entries(REFUSED)) {
    it(`are refused: ${title}`, () =>
      checkRefused(
        () => Promise.resolve().then(() => (more === undefined ? sourceOf(source) : sourceOf(source, more))),
        'mapping-invalid',
        message,
      ));
  }

  it('keep nulls, encoding and compression of logical source and source', () => {
    const source = sourceOf(
      '[ a csvw:Table ; rml:path "a.csv" ; rml:null "-" ; csvw:null "n/a" ; rml:compression rml:gzip ; csvw:dialect [ csvw:encoding "ISO-8859-1" ] ]',
      'rml:referenceFormulation rml:CSV ; rml:null ""',
    );
    deepEqual(
      [source.nulls, source.compression, source.encoding],
      [['', '-', 'n/a'], 'gzip', 'windows-1252'],
    );
  });
});
