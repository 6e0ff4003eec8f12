/**
 * The shipped shapes: each kind of fault is found, and each shape is what the crosswalk and the ontology say.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { parseTurtleFamily } from '../../src/rdf/parse.ts';
import { NS, rdf } from '../../src/rdf/vocab.ts';
import { hasViolation } from '../../src/validation/report.ts';
import { ShapeGraph } from '../../src/validation/shape-graph.ts';
import { describeWithData, readData } from '../data.ts';
import { FIXTURES, findings, ontology, ROOT, SHAPE_NS, shapes, short, turtle, validator } from './shipped.ts';

interface BrokenCase {
  readonly title: string;
  readonly expect: readonly string[];
  readonly text: string;
}

function brokenCases(): BrokenCase[] {
  const [, ...blocks] = readFileSync(join(FIXTURES, 'broken.txt'), 'utf8').split(/^= /m);
  return blocks.map((block) => {
    const [title = '', ...lines] = block.split('\n');
    return {
      title,
      expect: lines.filter((line) => line.startsWith('! ')).map((line) => line.slice(2)),
      text: lines.filter((line) => !line.startsWith('! ')).join('\n'),
    };
  });
}

describe('records that break a shape', () => {
  const cases = brokenCases();

  it('are many', () => {
    assert.ok(cases.length >= 30);
  });

  for (const { title, expect, text } of cases) {
    it(title, async () => {
      const report = await validator.validateRecord(turtle(text));
      assert.deepEqual(findings(report), [...expect].sort());
      assert.equal(report.conforms, false);
      assert.ok(hasViolation(report));
      for (const result of report.results) {
        assert.equal(result.scope, 'record');
        assert.ok(result.sourceShape?.startsWith(SHAPE_NS));
        assert.match(result.message, /^[A-Z].*\.$/);
      }
    });
  }
});

describe('records that say little or something else', () => {
  const CASES: Readonly<Record<string, string>> = {
    'an element of which nothing is known': ':e a aeros:InfrastructureElement .',
    'an element with attributes of no dialect': ':e a aeros:InfrastructureElement ; :colour "red" .',
    'a subject of no type': ':e cf:cpuUsageRatio 7.0 .',
    'a subject of a class that no shape is about': ':e a :Camera ; cf:cpuUsageRatio 7.0 .',
    'bounds themselves': `:e a aeros:InfrastructureElement ; cf:trustScore 1.0 ; cf:cpuUsageRatio 0.0 ;
      cf:memoryCapacityBytes 5 ; cf:memoryAvailableBytes 5 ; cf:longitudeDegrees -180.0 .`,
    'numbers of many digits': `:e a aeros:InfrastructureElement ; cf:longitudeDegrees -0.34117430200927464567 ;
      cf:memoryAvailableBytes 9223372036854775807 .`,
    'a link between two': ':l a cf:NetworkLink ; cf:linkFrom :a ; cf:linkTo :b ; cf:latencyMs 3.5 .',
  };
  for (const [title, text] of Object.entries(CASES)) {
    it(`${title}: nothing is found`, async () => {
      assert.deepEqual(findings(await validator.validateRecord(turtle(text))), []);
    });
  }
});

const graph = new ShapeGraph(shapes);
const properties = shapes
  .filter((q) => q.predicate.equals(rdf.type) && q.object.value === `${NS.sh}PropertyShape`)
  .map((q) => q.subject);
const nodes = shapes
  .filter((q) => q.predicate.equals(rdf.type) && q.object.value === `${NS.sh}NodeShape`)
  .map((q) => q.subject);
const isCross = (shape: (typeof nodes)[number]): boolean => graph.index.hasPredicate(shape, `${NS.cf}scope`);

interface Row {
  readonly [column: string]: string;
}
const table = (name: string): Row[] =>
  parseCsv(readFileSync(join(ROOT, 'ontology', 'crosswalk', `${name}.csv`), 'utf8'), { columns: true });

describe('the shapes graph', () => {
  it('holds shapes for every class that records have', () => {
    const targets = new Set(
      nodes.flatMap((shape) => graph.values(shape, 'targetClass')).map((t) => short(t.value)),
    );
    const enumerations = new Set(table('individuals').map((row) => row['enumeration']));
    const classes = table('classes').filter((row) => !enumerations.has(row['class']));
    const without = classes.map((row) => row['canonical']!).filter((name) => !targets.has(name));
    assert.deepEqual(without, ['org:Organization']);
  });

  it('looks at other records only where it says so', () => {
    const looking = ['class', 'node', 'property', 'qualifiedValueShape', 'not', 'and', 'xone'];
    const local = nodes
      .filter((shape) => !isCross(shape))
      .flatMap((shape) => graph.values(shape, 'property'));
    assert.ok(local.length > 100);
    for (const shape of local) {
      assert.deepEqual(
        looking.filter((name) => graph.has(shape, name)),
        [],
        shape.value,
      );
      assert.equal(graph.path(shape).length, 1);
    }
    assert.ok(nodes.filter(isCross).length > 5);
  });

  it('only warns of what other records say', () => {
    for (const shape of nodes.filter(isCross).flatMap((node) => graph.values(node, 'property'))) {
      assert.deepEqual(
        graph.values(shape, 'severity').map(({ value }) => short(value)),
        ['sh:Warning'],
        shape.value,
      );
    }
  });

  it('has an English message of its own on every property shape', () => {
    assert.ok(properties.length > 150);
    for (const shape of properties) {
      const messages = graph.values(shape, 'message');
      assert.equal(messages.length, 1, shape.value);
      assert.equal((messages[0] as { language?: string }).language, 'en');
    }
  });

  it('has a property shape for each attribute of the crosswalk, with its datatype', () => {
    const byPath = Map.groupBy(properties, (shape) => short(graph.path(shape)[0]!.predicates[0]!));
    const gaps: string[] = [];
    for (const row of table('properties')) {
      const kind = row['kind']!;
      if (kind === 'secret' || kind === 'text') continue;
      const terms = [
        [row['aeros']!, row['aerosDatatype']!],
        ...row['cf']!.split('|').map((name) => [name, row['cfDatatype']!]),
      ].filter(([name]) => name !== '');
      for (const [index, [name = '', datatype = '']] of terms.entries()) {
        const term = name.includes(':')
          ? name
          : `${index === 0 && row['aeros'] !== '' ? 'aeros' : 'cf'}:${name}`;
        const found = byPath.get(term) ?? [];
        const datatypes = found
          .flatMap((shape) => graph.values(shape, 'datatype'))
          .map((t) => short(t.value));
        const kinds = found.flatMap((shape) => graph.values(shape, 'nodeKind'));
        const right = datatype === '' ? kinds.length > 0 : datatypes.includes(datatype);
        if (!right) gaps.push(`${term} ${datatype}`);
      }
    }
    assert.deepEqual(gaps, []);
  });

  it('allows exactly the individuals of each enumeration of the crosswalk', () => {
    const enumerations = Object.values(
      Object.groupBy(table('individuals'), (row) => row['enumeration']!),
    ).map((rows) =>
      rows!
        .map((row) => row['individual'])
        .sort()
        .join(' '),
    );
    const lists = properties
      .flatMap((shape) => graph.values(shape, 'in').map((list) => graph.list(list, shape, 'in')))
      .map((items) =>
        items
          .map(({ value }) => short(value))
          .sort()
          .join(' '),
      );
    assert.deepEqual([...new Set(lists)].sort(), enumerations.sort());
  });

  it('names only terms of ours that the ontology defines', () => {
    const defined = new Set(ontology.map((q) => q.subject.value));
    const used = new Set(
      shapes
        .flatMap((q) => [q.predicate, q.object])
        .filter(({ value }) => value.startsWith(NS.cf))
        .map((t) => t.value),
    );
    assert.ok(used.size > 80);
    assert.deepEqual(
      [...used].filter((iri) => !defined.has(iri)),
      [],
    );
  });
});

describeWithData('the terms of aerOS in the shapes', () => {
  it('are terms that aerOS publishes', () => {
    const text = readData('aeros', 'ontology', 'continuum-terms-reconstructed.ttl');
    const published = new Set(
      parseTurtleFamily(text, { format: 'turtle' }).quads.map((q) => q.subject.value),
    );
    const used = new Set(shapes.map((q) => q.object.value).filter((value) => value.startsWith(NS.aeros)));
    assert.ok(used.size > 60);
    assert.deepEqual(
      [...used].filter((iri) => !published.has(iri)),
      [],
    );
  });
});
