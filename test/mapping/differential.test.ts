import { deepEqual, equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { FabricError } from '../../src/errors.ts';
import { runMapping } from '../../src/mapping/map.ts';
import { compileMapping } from '../../src/mapping/plan.ts';
import type { SourceData } from '../../src/mapping/reference/formulation.ts';
import { distinctQuads } from '../../src/rdf/dataset.ts';
import { blankNode, quad, type RDF, toNQuads } from '../../src/rdf/terms.ts';
import { canonicalNQuads } from '../rdf/canonical.ts';
import { textData } from '../text-data.ts';
import { type Scenario, scenarios } from './oracle/arbitrary.ts';
import { interpret } from './oracle/oracle.ts';

/** More mappings than the seconds of an ordinary run allow: `FABRIC_DIFFERENTIAL_RUNS=20000`. */
const RUNS = Number(process.env['FABRIC_DIFFERENTIAL_RUNS'] ?? 200);
const SEED = process.env['SEED'];

async function engine({ mapping, sources, baseIRI }: Scenario, strict: boolean): Promise<RDF.Quad[]> {
  const plan = compileMapping(mapping, { name: 'random.ttl', ...(baseIRI === undefined ? {} : { baseIRI }) });
  const open = ({ location = '' }: { readonly location?: string | undefined }): SourceData =>
    textData(sources[location] ?? '');
  const quads: RDF.Quad[] = [];
  for await (const made of runMapping(plan, { open }, { strict })) quads.push(made);
  return quads;
}

/** Compares graphs: first with blank nodes for nothing but blank, then by what they stand for. */
async function checkSame(made: readonly RDF.Quad[], wanted: readonly RDF.Quad[]): Promise<void> {
  const veil = <T extends RDF.Term>(term: T): T | RDF.BlankNode =>
    term.termType === 'BlankNode' ? blankNode('b') : term;
  const blind = (quads: readonly RDF.Quad[]): string => {
    const lines = quads.map(({ subject, predicate, object, graph }) =>
      toNQuads(quad(veil(subject), predicate, veil(object), veil(graph))),
    );
    return lines.sort().join('\n');
  };
  equal(blind(made), blind(wanted));
  const canonical = async (quads: readonly RDF.Quad[]): Promise<string | undefined> =>
    canonicalNQuads([...quads]).catch((thrown: unknown) => {
      // Many blank nodes that look the same: canonicalisation gives up, rightly.
      if (thrown instanceof Error && thrown.message.includes('deep iterations')) return undefined;
      throw thrown;
    });
  equal(await canonical(made), await canonical(wanted));
}

describe('the engine and the oracle', function () {
  this.timeout(60_000 + RUNS * 100);

  it(`make the same graphs of ${RUNS} random mappings`, async () => {
    let filled = 0;
    let faulty = 0;
    const property = fc.asyncProperty(scenarios(), async (scenario) => {
      const { quads, errors, idle } = interpret(scenario);
      const wanted = distinctQuads([...quads]);
      const made = await engine(scenario, false).catch((thrown: unknown) => {
        // A join that is refused because it never holds must not have held.
        if (thrown instanceof FabricError && /never holds/.test(thrown.message) && idle > 0) return undefined;
        throw thrown;
      });
      if (made === undefined) return;
      await checkSame(made, wanted);
      equal(made.length, wanted.length, 'a quad came twice');
      if (wanted.length > 0) filled++;
      if (errors.length > 0) faulty++;
      else deepEqual((await engine(scenario, true)).length, wanted.length, 'strict mode');
    });
    const seed = SEED === undefined ? {} : { seed: Number(SEED) };
    await fc.assert(property, { numRuns: RUNS, ...seed });
    // Agreement on nothing would prove nothing.
    ok(filled > RUNS / 2, `only ${filled} of ${RUNS} graphs have a quad`);
    ok(faulty > RUNS / 10 && faulty < RUNS, `${faulty} of ${RUNS} mappings meet a problem of the data`);
  });

  it('refuse what is no mapping', () => {
    const run = async (): Promise<unknown> => engine({ mapping: '<a> <b> .', sources: {} }, true);
    return run().then(
      () => {
        ok(false, 'nothing was refused');
      },
      (thrown: unknown) => {
        ok(thrown instanceof FabricError);
      },
    );
  });
});
