/**
 * The shapes graph, read as RDF: values of a property, lists, paths.
 *
 * Nothing is judged here but the form of lists and paths; `supported.ts` says which terms are allowed.
 */
import { FabricError } from '../errors.ts';
import { type RDF, toNTriples } from '../rdf/terms.ts';
import { NS, rdf } from '../rdf/vocab.ts';
import type { PathKind, PathStep } from './path.ts';
import { QuadIndex } from './quad-index.ts';

/** IRI of a SHACL term by its local name. */
export const shacl = (name: string): string => NS.sh + name;

export class ShapeGraph {
  readonly index: QuadIndex;

  constructor(quads: readonly RDF.Quad[]) {
    this.index = new QuadIndex(quads);
  }

  /** Values of a SHACL property by its local name. */
  values(shape: RDF.Term, name: string): RDF.Quad_Object[] {
    return this.index.objects(shape, shacl(name));
  }

  has(shape: RDF.Term, name: string): boolean {
    return this.index.hasPredicate(shape, shacl(name));
  }

  isTrue(shape: RDF.Term, name: string): boolean {
    return this.values(shape, name).some(({ value }) => value === 'true' || value === '1');
  }

  /** @throws FabricError `request-invalid` for what is no well-formed list */
  list(node: RDF.Term, owner: RDF.Term, name: string): RDF.Quad_Object[] {
    const items: RDF.Quad_Object[] = [];
    const seen = new Set<string>();
    for (let cell = node; !cell.equals(rdf.nil); ) {
      const first = this.index.objects(cell, rdf.first.value);
      const rest = this.index.objects(cell, rdf.rest.value);
      if (first.length !== 1 || rest.length !== 1 || seen.has(cell.value)) {
        throw this.refused(owner, `has a value of sh:${name} that is not a well-formed list`);
      }
      seen.add(cell.value);
      items.push(first[0]!);
      cell = rest[0]!;
    }
    return items;
  }

  /**
   * The path of a property shape (SHACL, section 2.3.1).
   *
   * @throws FabricError `request-invalid` for a path that the engine cannot walk: one within another
   */
  path(shape: RDF.Term): PathStep[] {
    const [node, ...more] = this.values(shape, 'path');
    if (!node || more.length > 0) throw this.refused(shape, 'needs exactly one sh:path');
    const steps = this.#isList(node) ? this.list(node, shape, 'path') : [node];
    if (steps.length === 0) throw this.refused(shape, 'has an empty sh:path');
    return steps.map((step) => this.#step(step, shape));
  }

  /** A refusal of this shapes graph, naming the shape; of one without a name, the nearest around it. */
  refused(shape: RDF.Term, what: string, term?: string): FabricError {
    const named = this.#nearestNamed(shape);
    const name = toNTriples(named ?? shape);
    const message = `${named && named !== shape ? 'A shape within' : 'Shape'} ${name} ${what}`;
    return new FabricError('request-invalid', message, {
      extensions: { ...(term === undefined ? {} : { term }), errors: [{ path: name, message }] },
    });
  }

  #nearestNamed(node: RDF.Term): RDF.Term | undefined {
    const seen = new Set<string>();
    for (let at: RDF.Term | undefined = node; at && !seen.has(at.value); ) {
      if (at.termType === 'NamedNode') return at;
      seen.add(at.value);
      at = [...this.index.match(null, null, at)][0]?.subject;
    }
    return undefined;
  }

  #isList(node: RDF.Term): boolean {
    return this.index.hasPredicate(node, rdf.first.value);
  }

  #step(node: RDF.Term, shape: RDF.Term): PathStep {
    if (node.termType === 'NamedNode') return { kind: 'predicate', predicates: [node.value] };
    for (const kind of COMPLEX_PATHS) {
      const name = `${kind}Path`;
      const [inner] = this.values(node, name);
      if (!inner) continue;
      const nodes = kind === 'alternative' ? this.list(inner, shape, name) : [inner];
      if (nodes.length === 0 || nodes.some(({ termType }) => termType !== 'NamedNode')) {
        throw this.refused(
          shape,
          `has a path within sh:${name}, which is not supported; name a predicate there`,
        );
      }
      return { kind, predicates: nodes.map(({ value }) => value) };
    }
    throw this.refused(shape, 'has an sh:path that is neither an IRI nor a known kind of path');
  }
}

const COMPLEX_PATHS = [
  'inverse',
  'alternative',
  'zeroOrMore',
  'oneOrMore',
  'zeroOrOne',
] as const satisfies readonly PathKind[];
