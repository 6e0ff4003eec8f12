/**
 * The ontology holds what everything else relies on: our terms are defined in it, those of aerOS exist.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RDF } from '../../src/rdf/terms.ts';
import { aeros, cf, NS, rdf, rdfs } from '../../src/rdf/vocab.ts';
import { describeWithData, readData } from '../data.ts';
import { crosswalk, ontology, ROOT, TEXTS, turtle } from './tables.ts';

const DOCUMENT = 'https://w3id.org/continuum-fabric/ns';
const OWL = 'http://www.w3.org/2002/07/owl#';
const DCT = 'http://purl.org/dc/terms/';
const VANN = 'http://purl.org/vocab/vann/';
const UCUM = `${NS.cf}ucumCode`;

const quads = ontology();
const ours = new Set(subjects(quads).filter((iri) => iri.startsWith(NS.cf)));

function subjects(of: readonly RDF.Quad[]): string[] {
  return [...new Set(of.filter((q) => q.subject.termType === 'NamedNode').map((q) => q.subject.value))];
}

function objects(subject: string, predicate: string): RDF.Term[] {
  return quads
    .filter((q) => q.subject.value === subject && q.predicate.value === predicate)
    .map((q) => q.object);
}

/** Everything that speaks in our terms or those of aerOS, with the names it uses of a namespace. */
const FILES = globSync(['ontology/*.ttl', 'mappings/*.ttl', 'queries/**/*.rq'], { cwd: ROOT }).map(
  (path) => ({
    path,
    text: readFileSync(join(ROOT, path), 'utf8'),
  }),
);

/** Code that spells a term out instead of taking it from the vocabulary. */
const CODE = globSync('src/**/*.ts', { cwd: ROOT }).flatMap((path): [string, Set<string>][] => {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const names = [...text.matchAll(/(?:NS\.cf\}|['"]cf:)([A-Za-z]\w*)\b(?!>)/g)].map((match) => match[1]!);
  return names.length === 0 ? [] : [[path, new Set(names)]];
});

function namesIn(text: string, prefix: string, namespace: string): Set<string> {
  const curies = [...text.matchAll(new RegExp(`(?<![\\w-])${prefix}:([A-Za-z][\\w-]*)`, 'g'))];
  const full = [...text.matchAll(new RegExp(`${namespace.replaceAll('.', '\\.')}([A-Za-z][\\w-]*)`, 'g'))];
  return new Set([...curies, ...full].map((match) => match[1]!));
}

/** Names of a namespace by the place that uses them. */
function uses(
  prefix: 'cf' | 'aeros',
  vocabulary: Readonly<Record<string, RDF.NamedNode>>,
): [string, Set<string>][] {
  const { classes, individuals, properties } = crosswalk.tables;
  const table = [
    ...classes.map((row) => row.canonical),
    ...individuals.map((row) => row.canonical),
    ...properties.flatMap((row) => [row.aeros ?? '', ...row.cf]),
  ].filter((iri) => iri.startsWith(NS[prefix]));
  return [
    ['src/rdf/vocab.ts', new Set(Object.keys(vocabulary))],
    ['ontology/crosswalk', new Set(table.map((iri) => iri.slice(NS[prefix].length)))],
    ...FILES.map(({ path, text }): [string, Set<string>] => [path, namesIn(text, prefix, NS[prefix])]),
  ];
}

describe('ontology', () => {
  it('says what it is', () => {
    const wanted = ['title', 'description', 'license', 'creator', 'created', 'issued', 'publisher'];
    for (const name of wanted) assert.equal(objects(DOCUMENT, DCT + name).length, 1, name);
    assert.deepEqual(
      objects(DOCUMENT, `${VANN}preferredNamespaceUri`).map((term) => term.value),
      [NS.cf],
    );
    assert.deepEqual(
      objects(DOCUMENT, `${VANN}preferredNamespacePrefix`).map((term) => term.value),
      ['cf'],
    );
    const version = objects(DOCUMENT, `${OWL}versionInfo`)[0]?.value;
    assert.deepEqual(
      objects(DOCUMENT, `${OWL}versionIRI`).map((term) => term.value),
      [`${DOCUMENT}/${version}`],
    );
  });

  it('labels and defines every term, once', () => {
    assert.ok(ours.size > 150);
    for (const iri of ours) {
      for (const predicate of [rdfs.label.value, rdfs.comment.value]) {
        const texts = objects(iri, predicate) as RDF.Literal[];
        assert.equal(texts.length, 1, `${iri} ${predicate}`);
        assert.equal(texts[0]?.language, 'en', iri);
        assert.ok(texts[0].value.length > 1, iri);
      }
      assert.deepEqual(
        objects(iri, `${NS.rdfs}isDefinedBy`).map((term) => term.value),
        [DOCUMENT],
        iri,
      );
    }
  });

  it('no two terms of one kind have one label', () => {
    const seen = new Map<string, string>();
    for (const iri of ours) {
      const kind = objects(iri, rdf.type.value)
        .map((term) => term.value)
        .sort()
        .join(' ');
      const label = `${objects(iri, rdfs.label.value)[0]?.value} ${kind}`;
      assert.equal(seen.get(label), undefined, `${iri} and ${seen.get(label)} are both "${label}"`);
      seen.set(label, iri);
    }
  });

  it('units stand in the name and in the definition alike', () => {
    const endings: readonly [RegExp, string][] = [
      [/Bytes(Required|Claimed)?$/, 'By'],
      [/Millicores(Required|Claimed|Used)?$/, 'm{core}'],
      [/Hertz$/, 'Hz'],
      [/BitsPerSecond$/, 'bit/s'],
      [/Watts$/, 'W'],
      [/Ms(Max)?$/, 'ms'],
      [/Degrees$/, 'deg'],
      [/Ratio(Max|Min)?$/, '1'],
      [/PerHourEuro(Max)?$/, '{EUR}/h'],
      [/GramsPerKilowattHour$/, 'g/(kW.h)'],
    ];
    let checked = 0;
    for (const iri of ours) {
      const unit = endings.find(([ending]) => ending.test(iri))?.[1];
      if (unit === undefined) continue;
      checked++;
      assert.deepEqual(
        objects(iri, UCUM).map((term) => term.value),
        [unit],
        iri,
      );
    }
    assert.ok(checked > 40);
  });

  it('agrees with the crosswalk on datatypes and on functional properties', () => {
    const functional = new Set(
      quads.filter((q) => q.object.value === `${OWL}FunctionalProperty`).map((q) => q.subject.value),
    );
    for (const iri of crosswalk.functionalProperties)
      assert.ok(functional.has(iri), `${iri} is not functional`);
    for (const row of crosswalk.tables.properties) {
      for (const iri of row.cf.filter((term) => term.startsWith(NS.cf))) {
        assert.equal(functional.has(iri), crosswalk.functionalProperties.has(iri), iri);
        if (row.cfDatatype === undefined) continue;
        assert.deepEqual(
          objects(iri, `${NS.rdfs}range`).map((term) => term.value),
          [row.cfDatatype],
          iri,
        );
      }
    }
  });

  it('types every individual of the crosswalk by its enumeration', () => {
    const enumerations = new Map(crosswalk.tables.classes.map((row) => [row.name, row.canonical]));
    for (const row of crosswalk.tables.individuals) {
      const class_ = enumerations.get(row.enumeration) ?? NS.cf + row.enumeration;
      const types = objects(row.canonical, rdf.type.value).map((term) => term.value);
      assert.ok(types.includes(class_), `${row.canonical} is no ${class_}`);
    }
  });

  it('says nothing about terms that are neither its own nor those of aerOS', () => {
    const foreign = subjects(quads).filter((iri) => !iri.startsWith(NS.cf) && !iri.startsWith(NS.aeros));
    assert.deepEqual(foreign, [DOCUMENT]);
  });

  it('there are mappings and tables to look at', () => {
    for (const folder of ['ontology/', 'mappings/'])
      assert.ok(FILES.some(({ path }) => path.startsWith(folder)));
    assert.ok(TEXTS.properties.split('\n').length > 100);
  });

  for (const [place, names] of [...uses('cf', cf), ...CODE]) {
    it(`defines each of our terms that ${place} uses`, () => {
      assert.deepEqual(
        [...names].filter((name) => !ours.has(NS.cf + name)),
        [],
      );
    });
  }
});

describeWithData('terms of aerOS', () => {
  const published = new Set(
    subjects(turtle(readData('aeros', 'ontology', 'continuum-terms-reconstructed.ttl'))),
  );

  for (const [place, names] of uses('aeros', aeros)) {
    it(`exist, as ${place} uses them`, () => {
      assert.deepEqual(
        [...names].filter((name) => !published.has(NS.aeros + name)),
        [],
      );
    });
  }
});
