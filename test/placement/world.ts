/**
 * Small worlds for placement: Turtle in, a state that the placer reads.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Placer, type PlacerOptions } from '../../src/placement/place.ts';
import { loadPolicy, type Policy, type PolicyFile } from '../../src/placement/policy.ts';
import type { QuadDelta } from '../../src/rdf/dataset.ts';
import { GraphNames } from '../../src/rdf/graphs.ts';
import { parseTurtleFamily } from '../../src/rdf/parse.ts';
import { quad, type RDF } from '../../src/rdf/terms.ts';
import { SparqlEngine } from '../../src/sparql/engine.ts';
import { ANY, type GraphView } from '../../src/store/graph-view.ts';
import { Image } from '../../src/store/image/image.ts';

export const graphs = new GraphNames('https://fabric.example/');

/** The time at which the tests decide. */
export const NOW = Date.parse('2026-01-01T12:00:00Z');

export const PREFIXES = `
@prefix aeros: <https://w3id.org/aerOS/continuum#> .
@prefix cf: <https://w3id.org/continuum-fabric/ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix : <urn:x:> .
`;

export const engine = new SparqlEngine({
  graphs,
  now: () => 0,
  loadGeneral: () => Promise.reject(new Error('The shipped queries run in the native plan')),
});

const queries = join(import.meta.dirname, '..', '..', 'queries');

/** The shipped constraints and objectives, as files. */
export const policyFiles: readonly PolicyFile[] = ['constraints', 'objectives'].flatMap((folder) =>
  readdirSync(join(queries, folder))
    .filter((name) => name.endsWith('.rq'))
    .map((name) => ({ name: `${folder}/${name}`, text: readFileSync(join(queries, folder, name), 'utf8') })),
);

export const policy = loadPolicy(policyFiles, engine);

/** A fabric's state that changes as the writer would change it. */
export class World {
  readonly image = new Image({ graphs });
  #seq = 0;

  constructor(turtle: string) {
    const { quads } = parseTurtleFamily(PREFIXES + turtle, { format: 'turtle' });
    this.apply({ added: quads.map((q) => quad(q.subject, q.predicate, q.object, recordOf(q))), removed: [] });
  }

  get view(): GraphView {
    return this.image.snapshot().view;
  }

  get snapshot(): { view: GraphView; seq: number } {
    return { view: this.view, seq: this.#seq };
  }

  /** What makes this world out of an empty one. */
  snapshotDelta(): QuadDelta {
    const { view } = this;
    const ids = view.match(ANY, ANY, ANY, ANY);
    const added: RDF.Quad[] = [];
    for (let i = 0; i < ids.length; i += 4) {
      const [s, p, o, g] = [0, 1, 2, 3].map((place) => view.term(ids[i + place]!));
      added.push(
        quad(s as RDF.Quad_Subject, p as RDF.Quad_Predicate, o as RDF.Quad_Object, g as RDF.Quad_Graph),
      );
    }
    return { added, removed: [] };
  }

  apply(delta: QuadDelta): void {
    const cause = { kind: 'admin', principal: 'test', tenant: 'default' } as const;
    this.image.stage({ cause, ...delta }, ++this.#seq);
    this.image.publish(this.image.stagedSeq);
  }
}

/** Each subject is a record of its own, as sources make them. */
function recordOf(q: RDF.Quad): RDF.NamedNode {
  return graphs.record('test', q.subject.value);
}

export function placerFor(options: Partial<PlacerOptions> & { policy?: () => Policy } = {}): Placer {
  let minted = 0;
  return new Placer({
    engine,
    policy: () => policy,
    graphs,
    freshnessSeconds: 60,
    reservationSeconds: 300,
    componentsMax: 32,
    searchStepsMax: 20_000,
    mintId: () => `d${++minted}`,
    digest: (text) => createHash('sha256').update(text).digest('hex'),
    ...options,
  });
}
