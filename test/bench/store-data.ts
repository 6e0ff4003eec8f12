/**
 * The data of the topic `store`, by formula from a seed: elements of 24 triples, each in a graph of its own, a tree
 * of domains with links between them, and services with components and requirements. 24.6 quads an element in all.
 */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { GraphNames } from '../../src/rdf/graphs.ts';
import { literal, namedNode, quad, type RDF, toNQuads, typed } from '../../src/rdf/terms.ts';

export const graphs = new GraphNames('https://bench.example/id/');
/** The seed of every run that does not name one. */
export const SEED = 42;
/** Values that an update replaces. */
export const UPDATED_COUNT = 5;

const NS = 'https://bench.example/ns#';
const property = (name: string): RDF.NamedNode => namedNode(NS + name);
const TYPE = namedNode('http://www.w3.org/1999/02/22-rdf-syntax-ns#type');
const LABEL = namedNode('http://www.w3.org/2000/01/rdf-schema#label');
const UPDATED = ['memoryFreeBytes', 'cpuUsage', 'diskFreeBytes', 'powerWatt', 'observedAt'].map(property);

/** Numbers below `bound` that look random and come again with the same seed. */
export function makeRandom(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}

const iri = (kind: string, index: number): RDF.NamedNode => namedNode(`urn:ngsi-ld:${kind}:${index}`);
const graphOf = (kind: string, index: number): RDF.NamedNode => graphs.record('bench', `${kind}/${index}`);
export const elementAt = (index: number): RDF.NamedNode => iri('InfrastructureElement', index);
export const elementGraphAt = (index: number): RDF.NamedNode => graphOf('element', index);
const domainCount = (elements: number): number => Math.max(4, Math.min(100, Math.ceil(elements / 20)));

const ARCHITECTURES = ['x64', 'arm64', 'arm32', 'riscv'].map((name) => property(`arch-${name}`));
const TIERS = ['cloud', 'edge', 'far-edge', 'iot'].map((name) => property(`tier-${name}`));
const SYSTEMS = ['debian', 'yocto', 'rhel', 'zephyr'].map((name) => property(`os-${name}`));

/** The five values of an element that its updates replace, as of an update. */
export function readingOf(element: number, version: number, random: (bound: number) => number): RDF.Quad[] {
  const [subject, graph] = [elementAt(element), elementGraphAt(element)];
  const values = [
    typed(random(64_000) * 1_048_576 + version, 'integer'),
    typed((random(1000) / 1000).toFixed(3), 'decimal'),
    typed(random(2_000_000) * 4096, 'integer'),
    typed(random(4000) / 8, 'double'),
    typed(new Date(1_790_000_000_000 + version * 1000 + random(1000)).toISOString(), 'dateTime'),
  ];
  return UPDATED.map((predicate, index) => quad(subject, predicate, values[index]!, graph));
}

function elementOf(index: number, domains: number, random: (bound: number) => number): RDF.Quad[] {
  const [subject, graph] = [elementAt(index), elementGraphAt(index)];
  const facts: (readonly [RDF.NamedNode, RDF.Quad_Object])[] = [
    [TYPE, property('InfrastructureElement')],
    [LABEL, literal(`element "${index}" of hall ${random(40)}`, 'en')],
    [property('domain'), iri('Domain', random(domains))],
    [property('architecture'), ARCHITECTURES[random(4)]!],
    [property('operatingSystem'), SYSTEMS[random(4)]!],
    [property('tier'), TIERS[random(4)]!],
    [property('hostname'), literal(`node-${index}.bench.example`)],
    [property('internalIp'), literal(`10.${random(256)}.${random(256)}.${random(256)}`)],
    [
      property('macAddress'),
      literal(
        `02:00:5e:${random(2 ** 24)
          .toString(16)
          .padStart(6, '0')}`,
      ),
    ],
    [property('cpuCores'), typed(2 ** random(7), 'integer')],
    [property('cpuFrequencyMegahertz'), typed(800 + 100 * random(32), 'integer')],
    [property('memoryBytes'), typed(2 ** (30 + random(9)), 'integer')],
    [property('diskBytes'), typed(2 ** (33 + random(9)), 'integer')],
    [property('status'), literal(['ready', 'busy', 'down'][random(3)]!)],
    [property('trustScore'), typed((random(100) / 100).toFixed(2), 'decimal')],
    [property('isRealTime'), typed(random(2) === 0, 'boolean')],
    [property('latitude'), typed((random(18_000_000) / 1e5 - 90).toFixed(5), 'decimal')],
    [property('longitude'), typed((random(36_000_000) / 1e5 - 180).toFixed(5), 'decimal')],
    [property('pricePerHour'), typed((random(500) / 100).toFixed(2), 'decimal')],
  ];
  return [
    ...facts.map(([predicate, object]) => quad(subject, predicate, object, graph)),
    ...readingOf(index, 0, random),
  ];
}

function domainOf(index: number, domains: number, random: (bound: number) => number): RDF.Quad[] {
  const [subject, graph] = [iri('Domain', index), graphOf('domain', index)];
  const parent = index < 4 ? iri('Region', index) : iri('Domain', Math.floor(index / 4));
  const first = random(domains);
  const links = [0, 1, 2].map((next) =>
    quad(subject, property('link'), iri('Domain', (first + next) % domains), graph),
  );
  return [
    quad(subject, TYPE, property('Domain'), graph),
    quad(subject, LABEL, literal(`domain ${index}`), graph),
    quad(subject, property('partOf'), parent, graph),
    ...links,
  ];
}

/** A service with three components and what each requires: thirty quads. */
function serviceOf(index: number, random: (bound: number) => number): RDF.Quad[] {
  const [subject, graph] = [iri('Service', index), graphOf('service', index)];
  const quads = [
    quad(subject, TYPE, property('Service'), graph),
    quad(subject, LABEL, literal(`service ${index}`), graph),
    quad(subject, property('priority'), typed(random(10), 'integer'), graph),
  ];
  for (let at = 0; at < 3; at++) {
    const component = iri('Component', 3 * index + at);
    const needs = iri('Requirement', 3 * index + at);
    quads.push(
      quad(subject, property('component'), component, graph),
      quad(component, TYPE, property('Component'), graph),
      quad(component, LABEL, literal(`component ${at} of service ${index}`), graph),
      quad(component, property('image'), literal(`registry.example/app-${random(500)}:1.${at}`), graph),
      quad(component, property('requires'), needs, graph),
      quad(needs, TYPE, property('Requirement'), graph),
      quad(needs, property('minMemoryBytes'), typed(2 ** (27 + random(8)), 'integer'), graph),
      quad(needs, property('minCores'), typed(1 + random(8), 'integer'), graph),
      quad(needs, property('architecture'), ARCHITECTURES[random(4)]!, graph),
    );
  }
  return quads;
}

/** All quads of a continuum of so many elements, record by record. */
export function* recordsOf(elements: number, seed = SEED): Generator<RDF.Quad[]> {
  const random = makeRandom(seed);
  const domains = domainCount(elements);
  for (let index = 0; index < domains; index++) yield domainOf(index, domains, random);
  for (let index = 0; index < Math.ceil(elements / 50); index++) yield serviceOf(index, random);
  for (let index = 0; index < elements; index++) yield elementOf(index, domains, random);
}

/** Writes the same as N-Quads. @returns how many quads they are */
export async function writeNQuads(path: string, elements: number, seed = SEED): Promise<number> {
  const file = createWriteStream(path, { highWaterMark: 1 << 20 });
  let count = 0;
  let text = '';
  for (const record of recordsOf(elements, seed)) {
    for (const each of record) text += `${toNQuads(each)}\n`;
    count += record.length;
    if (text.length < 1 << 18) continue;
    if (!file.write(text)) await once(file, 'drain');
    text = '';
  }
  file.end(text);
  await once(file, 'finish');
  return count;
}

/** Updates of single elements, one after another in an order by seed: what goes and what comes. */
export class Updates {
  readonly #current: RDF.Quad[][];
  readonly #random: (bound: number) => number;
  #version = 0;

  /** @param quads  the quads of the elements as they stand, of which the updated values are taken */
  constructor(elements: number, seed = SEED) {
    this.#current = [];
    for (const record of recordsOf(elements, seed)) {
      if (record.length === 24) this.#current.push(record.slice(-UPDATED_COUNT));
    }
    this.#random = makeRandom(seed + 1);
  }

  /** @param element  which one; absent: any */
  next(element = this.#random(this.#current.length)): {
    readonly removed: RDF.Quad[];
    readonly added: RDF.Quad[];
  } {
    const removed = this.#current[element]!;
    const added = readingOf(element, ++this.#version, this.#random);
    this.#current[element] = added;
    return { removed, added };
  }
}
