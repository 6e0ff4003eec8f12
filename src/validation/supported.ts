/**
 * What of SHACL is supported, as a closed list: whatever else a shapes graph says is refused at load.
 *
 * The engine passes over what it does not know and then reports that the data conform; that must never
 * happen. So must no constraint with a parameter that the engine would misread.
 */
import type { FabricError } from '../errors.ts';
import { nearest } from '../errors.ts';
import type { RDF } from '../rdf/terms.ts';
import { NS, owl, rdf } from '../rdf/vocab.ts';
import { type ShapeGraph, shacl } from './shape-graph.ts';

type Check =
  | 'count'
  | 'literal'
  | 'iri'
  | 'boolean'
  | 'list'
  | 'node-kind'
  | 'severity'
  | 'pattern'
  | 'shape'
  | 'any';

interface Rule {
  readonly check: Check;
  /** At most one value: by SHACL itself, or because the engine reads no more. */
  readonly single?: boolean;
}

const one = (check: Check): Rule => ({ check, single: true });
const many = (check: Check): Rule => ({ check });

/** Parameters of SHACL Core by local name (SHACL, section 4). */
const CONSTRAINTS: Readonly<Record<string, Rule>> = {
  class: many('iri'),
  datatype: one('iri'),
  nodeKind: one('node-kind'),
  minCount: one('count'),
  maxCount: one('count'),
  minExclusive: one('literal'),
  minInclusive: one('literal'),
  maxExclusive: one('literal'),
  maxInclusive: one('literal'),
  minLength: one('count'),
  maxLength: one('count'),
  pattern: one('pattern'),
  flags: one('literal'),
  languageIn: one('list'),
  uniqueLang: one('boolean'),
  equals: one('iri'),
  disjoint: one('iri'),
  lessThan: one('iri'),
  lessThanOrEquals: one('iri'),
  not: one('shape'),
  and: many('list'),
  or: many('list'),
  xone: many('list'),
  node: many('shape'),
  property: many('shape'),
  qualifiedValueShape: one('shape'),
  qualifiedValueShapesDisjoint: one('boolean'),
  qualifiedMinCount: one('count'),
  qualifiedMaxCount: one('count'),
  closed: one('boolean'),
  ignoredProperties: one('list'),
  hasValue: one('any'),
  in: one('list'),
};

/** Terms that steer or describe a shape and check nothing themselves (SHACL, sections 2.1 and 2.3.2). */
const OTHERS: Readonly<Record<string, Rule>> = {
  targetClass: many('iri'),
  targetNode: many('any'),
  targetSubjectsOf: many('iri'),
  targetObjectsOf: many('iri'),
  path: one('any'),
  deactivated: one('boolean'),
  severity: one('severity'),
  message: many('literal'),
  name: many('literal'),
  description: many('literal'),
  order: one('literal'),
  group: many('any'),
  defaultValue: one('any'),
  declare: many('any'),
  prefix: one('literal'),
  namespace: one('literal'),
  inversePath: one('any'),
  alternativePath: one('list'),
  zeroOrMorePath: one('any'),
  oneOrMorePath: one('any'),
  zeroOrOnePath: one('any'),
};

const TERMS: Readonly<Record<string, Rule>> = { ...CONSTRAINTS, ...OTHERS };

const CLASSES = ['Shape', 'NodeShape', 'PropertyShape', 'PropertyGroup', 'PrefixDeclaration'];

/** Local names of the parameters that make a constraint. */
export const CONSTRAINT_NAMES: ReadonlySet<string> = new Set(Object.keys(CONSTRAINTS));

const NODE_KINDS = ['BlankNode', 'IRI', 'Literal', 'BlankNodeOrIRI', 'BlankNodeOrLiteral', 'IRIOrLiteral'];
const SEVERITIES = ['Violation', 'Warning', 'Info'];

/**
 * Refuses a shapes graph that says anything which would not be checked as it is meant.
 *
 * @throws FabricError `request-invalid`, naming the shape and the term
 */
export function checkSupported(graph: ShapeGraph): void {
  const counts = new Map<string, number>();
  for (const q of graph.index) {
    checkImports(q, graph);
    if (q.predicate.equals(rdf.type) && q.object.value.startsWith(NS.sh)) checkClass(q, graph);
    if (!q.predicate.value.startsWith(NS.sh)) continue;
    const name = q.predicate.value.slice(NS.sh.length);
    const rule = TERMS[name];
    if (!rule) throw unsupported(q, name, graph);
    checkPlace(q, name, graph);
    checkValue(q, name, rule.check, graph);
    if (rule.single !== true) continue;
    const key = `${q.subject.termType} ${q.subject.value} ${name}`;
    const distinct = (counts.get(key) ?? 0) + 1;
    counts.set(key, distinct);
    if (distinct > 1) {
      throw graph.refused(q.subject, `has several values of sh:${name}; one is supported`, q.predicate.value);
    }
  }
}

function unsupported(q: RDF.Quad, name: string, graph: ShapeGraph): FabricError {
  const near = nearest(name, Object.keys(TERMS));
  const hint = near === undefined ? '' : `; did you mean sh:${near}?`;
  return graph.refused(q.subject, `uses sh:${name}, which is not supported${hint}`, q.predicate.value);
}

function checkClass(q: RDF.Quad, graph: ShapeGraph): void {
  const name = q.object.value.slice(NS.sh.length);
  if (CLASSES.includes(name)) return;
  throw graph.refused(q.subject, `is an sh:${name}, which is not supported`, q.object.value);
}

const OF_PROPERTY_SHAPES = [
  'minCount',
  'maxCount',
  'uniqueLang',
  'lessThan',
  'lessThanOrEquals',
  'qualifiedValueShape',
  'qualifiedMinCount',
  'qualifiedMaxCount',
];

/** Parameters that the engine would pass over where they stand. */
function checkPlace({ subject, predicate }: RDF.Quad, name: string, graph: ShapeGraph): void {
  const onProperty = graph.has(subject, 'path');
  if (!onProperty && OF_PROPERTY_SHAPES.includes(name)) {
    throw graph.refused(subject, `has sh:${name} but no sh:path`, predicate.value);
  }
  if (name === 'closed' && (onProperty || opensTooFar(subject, graph))) {
    throw graph.refused(
      subject,
      'has sh:closed, which is supported on node shapes whose paths are single predicates',
      predicate.value,
    );
  }
}

/** Whether a complex path names a predicate that a closed shape does not allow; the engine would allow it. */
function opensTooFar(shape: RDF.Term, graph: ShapeGraph): boolean {
  const paths = graph.values(shape, 'property').map((property) => graph.path(property));
  const isSimple = (path: (typeof paths)[number]): boolean =>
    path.length === 1 && path[0]?.kind === 'predicate';
  const allowed = new Set(paths.filter(isSimple).flatMap(([step]) => step?.predicates ?? []));
  for (const list of graph.values(shape, 'ignoredProperties')) {
    for (const { value } of graph.list(list, shape, 'ignoredProperties')) allowed.add(value);
  }
  return paths.some(
    (path) => !isSimple(path) && !path.flatMap((step) => step.predicates).every((iri) => allowed.has(iri)),
  );
}

/** Shapes that are somewhere else are not read, so they must be in this graph already. */
function checkImports(q: RDF.Quad, graph: ShapeGraph): void {
  if (q.predicate.value !== `${NS.owl}imports`) return;
  if (graph.index.objects(q.object, rdf.type.value).some((type) => type.equals(owl.Ontology))) return;
  throw graph.refused(
    q.subject,
    `imports <${q.object.value}>, which is not fetched; send its shapes in the same document`,
    q.predicate.value,
  );
}

function checkValue(q: RDF.Quad, name: string, check: Check, graph: ShapeGraph): void {
  const problem = problemOf(q, name, check, graph);
  if (problem !== undefined)
    throw graph.refused(q.subject, `has a value of sh:${name} that ${problem}`, q.predicate.value);
}

function problemOf(
  { subject, object }: RDF.Quad,
  name: string,
  check: Check,
  graph: ShapeGraph,
): string | undefined {
  switch (check) {
    case 'any':
      return undefined;
    case 'literal':
      return object.termType === 'Literal' ? undefined : 'is no literal';
    case 'iri':
      return object.termType === 'NamedNode' ? undefined : 'is no IRI';
    case 'boolean':
      return /^(true|false|0|1)$/.test(object.value) ? undefined : 'is neither true nor false';
    case 'count':
      return object.termType === 'Literal' && /^\+?\d+$/.test(object.value)
        ? undefined
        : 'is no whole number';
    case 'shape':
      return object.termType === 'Literal' ? 'is no shape' : undefined;
    case 'node-kind':
      return NODE_KINDS.some((kind) => object.value === shacl(kind)) ? undefined : 'is no node kind';
    case 'severity':
      return SEVERITIES.some((severity) => object.value === shacl(severity))
        ? undefined
        : 'is not sh:Violation, sh:Warning or sh:Info';
    case 'list':
      graph.list(object, subject, name);
      return undefined;
    case 'pattern':
      return patternProblem(object.value, graph.values(subject, 'flags')[0]?.value);
  }
}

function patternProblem(pattern: string, flags: string | undefined): string | undefined {
  if (flags !== undefined && !/^[imsu]*$/.test(flags))
    return `has the flags "${flags}"; supported are i, m, s`;
  try {
    new RegExp(pattern, flags);
    return undefined;
  } catch {
    return 'is no regular expression';
  }
}
