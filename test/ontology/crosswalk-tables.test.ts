/**
 * The tables themselves: a broken one is refused with its place, and they know every published term.
 */
import assert from 'node:assert/strict';
import { FabricError } from '../../src/errors.ts';
import { loadCrosswalk } from '../../src/ontology/crosswalk.ts';
import { namedNode, quad } from '../../src/rdf/terms.ts';
import { describeWithData, readData } from '../data.ts';
import { crosswalk, TEXTS, turtle } from './tables.ts';

describe('crosswalk tables', () => {
  const broken: readonly (readonly [
    title: string,
    table: keyof typeof TEXTS,
    from: string,
    to: string,
    message: RegExp,
  ])[] = [
    ['a factor that is no number', 'properties', ',MHz,1000000,', ',MHz,lots,', /factor lots/],
    [
      'a kind that is not known',
      'properties',
      ',cpuFrequencyHertz,xsd:integer,MHz,1000000,number,',
      ',cpuFrequencyHertz,xsd:integer,MHz,1000000,amount,',
      /kind amount/,
    ],
    ['a concept twice', 'properties', 'mac-address,', 'hostname,', /Concept hostname/],
    [
      'an attribute of two rows',
      'properties',
      ',,availableDisk,availableDisk,,',
      ',,diskCapacity,availableDisk,,',
      /diskCapacity> in live/,
    ],
    [
      'a class that is not in the table',
      'properties',
      ',iri,LowLevelOrchestrator,',
      ',iri,Toaster,',
      /class Toaster/,
    ],
    [
      'a spelling of two individuals',
      'individuals',
      ',aarch64|armv8,',
      ',x86_64,',
      /x86_64 of CpuArchitecture/,
    ],
    [
      'an enumeration without individuals',
      'properties',
      'enumeration:DiskType',
      'enumeration:DiskKind',
      /enumeration DiskKind/,
    ],
    [
      'a prefix that is not declared',
      'classes',
      'cf:PowerSource',
      'xx:PowerSource',
      /xx:PowerSource has no namespace/,
    ],
    ['a role that is not known', 'namespaces', ',vocabulary,', ',dictionary,', /role dictionary/],
  ];
  for (const [title, table, from, to, message] of broken) {
    it(`refuse ${title}, with file and line`, () => {
      assert.ok(TEXTS[table].includes(from), 'the case no longer fits the table');
      assert.throws(
        () => loadCrosswalk({ ...TEXTS, [table]: TEXTS[table].replace(from, to) }),
        (error: unknown) => {
          assert.ok(error instanceof FabricError);
          assert.equal(error.type, 'config-invalid');
          assert.match(error.message, message);
          assert.equal(error.location?.source, `${table}.csv`);
          assert.ok((error.location.line ?? 0) > 1);
          return true;
        },
      );
    });
  }
});

describeWithData('crosswalk and the published terms', () => {
  it('knows each of the 82 published terms under both wrong namespaces', () => {
    const right = 'https://w3id.org/aerOS/continuum#';
    const terms = new Set(
      turtle(readData('aeros', 'ontology', 'continuum-terms-reconstructed.ttl'))
        .map((q) => q.subject.value)
        .filter((iri) => iri.startsWith(right)),
    );
    assert.equal(terms.size, 82);
    const relation = namedNode('http://purl.org/dc/terms/relation');
    for (const wrong of [
      'https://gitlab.aeros-project.eu/wp4/t4.1/aeros-continuum#',
      'https://w3id.org/aeros/continuum#',
    ]) {
      for (const term of terms) {
        const input = quad(namedNode('urn:test:e'), relation, namedNode(wrong + term.slice(right.length)));
        assert.equal(crosswalk.canonicalise([input]).quads[0]?.object.value, term);
      }
    }
  });
});
