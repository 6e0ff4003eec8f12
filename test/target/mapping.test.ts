/** Targets as mappings write them: what is read, and what is refused with its place. */
import assert from 'node:assert/strict';
import { FabricError } from '../../src/errors.ts';
import { compileMapping } from '../../src/mapping/plan.ts';
import { targetsOf } from '../../src/target/router.ts';

const FORMATS = 'http://www.w3.org/ns/formats/';

/** The logical target begins in line 9. */
const mapping = (target: string): string => `@prefix rml: <http://w3id.org/rml/> .
@prefix formats: <${FORMATS}> .
@prefix void: <http://rdfs.org/ns/void#> .
@prefix sd: <http://www.w3.org/ns/sparql-service-description#> .
<#A> rml:logicalSource [ rml:source [ a rml:FilePath ; rml:path "a.csv" ] ; rml:referenceFormulation rml:CSV ] ;
  rml:subjectMap [ rml:template "urn:{id}" ; rml:class <urn:C> ] ;
  rml:predicateObjectMap [ rml:predicate <urn:p> ; rml:objectMap [ rml:reference "b" ; rml:languageMap [
    rml:reference "c" ; rml:logicalTarget <#T> ] ] ] .
<#T> a rml:LogicalTarget ;
  ${target} .
`;

const targets = (text: string) => targetsOf(compileMapping(mapping(text), { name: 'map.ttl' }).triplesMaps);

describe('targets of a mapping', () => {
  const cases: readonly (readonly [string, string, object])[] = [
    [
      'a file',
      'rml:target [ a rml:FilePath ; rml:root rml:MappingDirectory ; rml:path "x.ttl" ] ; rml:serialization formats:Turtle',
      {
        description: { kind: 'file', path: 'x.ttl', root: 'MappingDirectory' },
        serialization: `${FORMATS}Turtle`,
        compression: 'none',
        encoding: undefined,
      },
    ],
    [
      'a file by its address, compressed, in UTF-16',
      'rml:target [ void:dataDump <file:///data/a%20b.nq> ] ; rml:compression rml:targz ; rml:encoding rml:UTF-16',
      {
        description: { kind: 'file', path: '/data/a b.nq', root: undefined },
        serialization: undefined,
        compression: 'targz',
        encoding: 'utf-16le',
      },
    ],
    [
      'an endpoint',
      'rml:target [ sd:endpoint <http://localhost/update> ; sd:supportedLanguage sd:SPARQL11Update ]',
      {
        description: { kind: 'sparql', endpoint: 'http://localhost/update', format: undefined },
        serialization: undefined,
        compression: 'none',
        encoding: undefined,
      },
    ],
  ];
  for (const [title, text, expected] of cases) {
    it(`are read: ${title}`, () => {
      const found = targets(text);
      assert.equal(found.length, 1);
      const { description, serialization, compression, encoding } = found[0]!;
      assert.deepEqual({ description, serialization, compression, encoding }, expected);
    });
  }

  const file = 'rml:target [ a rml:FilePath ; rml:path "x.nq" ]';
  const refusals: readonly (readonly [string, string, RegExp])[] = [
    ['without a target', 'rml:serialization formats:Turtle', /has no rml:target/],
    ['without a place', 'rml:target [ a rml:FilePath ]', /without rml:path/],
    ['of an unknown serialization', `${file} ; rml:serialization formats:Turtel`, /did you mean .*Turtle/],
    ['of an unknown compression', `${file} ; rml:compression rml:gzp`, /did you mean rml:gzip/],
    [
      'of an encoding that cannot be written',
      `${file} ; rml:encoding rml:UTF-32`,
      /supported: rml:UTF-8, rml:UTF-16/,
    ],
    [
      'of an unknown property',
      `${file} ; rml:serialisation formats:Turtle`,
      /did you mean rml:serialization/,
    ],
    [
      'of another protocol',
      'rml:target [ void:dataDump <ftp://a.example/x> ]',
      /supported: file:, http: and https:/,
    ],
    [
      'that only answers queries',
      'rml:target [ sd:endpoint <http://a.example/x> ; sd:supportedLanguage sd:SPARQL11Query ]',
      /needs sd:SPARQL11Update/,
    ],
    [
      'with a compression for an endpoint',
      'rml:target [ sd:endpoint <http://a.example/x> ] ; rml:compression rml:gzip',
      /neither compression nor encoding/,
    ],
  ];
  for (const [title, text, message] of refusals) {
    it(`are refused ${title}, with the place`, () => {
      assert.throws(
        () => targets(text),
        (thrown) => {
          assert.ok(thrown instanceof FabricError);
          assert.equal(thrown.type, 'mapping-invalid');
          assert.match(thrown.message, message);
          assert.ok((thrown.location?.line ?? 0) >= 9, JSON.stringify(thrown.location));
          assert.ok((thrown.location?.column ?? 0) >= 1);
          return true;
        },
      );
    });
  }
});
