/**
 * The shipped crosswalk and ontology, as the tests of this folder read them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Crosswalk, loadCrosswalk } from '../../src/ontology/crosswalk.ts';
import type { CrosswalkTexts } from '../../src/ontology/crosswalk-table.ts';
import { parseTurtleFamily } from '../../src/rdf/parse.ts';
import type { RDF } from '../../src/rdf/terms.ts';

export const ROOT = join(import.meta.dirname, '..', '..');

const table = (name: string): string =>
  readFileSync(join(ROOT, 'ontology', 'crosswalk', `${name}.csv`), 'utf8');

export const TEXTS: CrosswalkTexts = {
  classes: table('classes'),
  properties: table('properties'),
  individuals: table('individuals'),
  namespaces: table('namespaces'),
};

export const crosswalk: Crosswalk = loadCrosswalk(TEXTS);

export function turtle(text: string, source = 'test'): RDF.Quad[] {
  return parseTurtleFamily(text, { format: 'turtle', source }).quads;
}

export const ontology = (): RDF.Quad[] =>
  turtle(readFileSync(join(ROOT, 'ontology', 'continuum-fabric.ttl'), 'utf8'), 'continuum-fabric.ttl');
