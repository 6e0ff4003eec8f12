/**
 * Remapping: when a mapping or the crosswalk changed since a source's records were mapped, every record is
 * mapped again from its last document, before the fabric takes anything new in.
 *
 * The version in force stands in the system graph `fabric`, written only after the last record, so that an
 * interrupted remap begins again; a record that is mapped twice gives nothing new.
 */
import type { Logger } from 'pino';
import { DEFAULT_TENANT } from '../authorize.ts';
import { type Draft, INTERNAL } from '../log/change.ts';
import type { GraphNames } from '../rdf/graphs.ts';
import { literal, namedNode, quad, type RDF } from '../rdf/terms.ts';
import { cf } from '../rdf/vocab.ts';
import { ANY, type GraphView, UNKNOWN } from '../store/graph-view.ts';
import type { State } from '../store/state.ts';
import type { Intake } from '../write/intake.ts';
import type { Source, Sources } from './sources.ts';

export interface RemapOptions {
  readonly sources: Sources;
  readonly state: State;
  readonly intake: Intake;
  readonly graphs: GraphNames;
  readonly logger: Logger;
}

/** Brings the records of every source up to the mapping in force. */
export async function remapSources(options: RemapOptions): Promise<void> {
  for (const source of options.sources.all()) await remapSource(source, options);
}

async function remapSource(
  { rules }: Source,
  { state, intake, graphs, logger }: RemapOptions,
): Promise<void> {
  const { writer, records, image } = state;
  const home = graphs.system('fabric');
  const node = namedNode(`${graphs.base}source/${encodeURIComponent(rules.name)}`);
  const known = versionsOf(image.snapshot().view, node, home);
  if (known.some((q) => q.object.value === rules.mappingVersion)) return;
  const documents = [...records.of(rules.name)];
  const cause: Draft['cause'] = {
    kind: 'reload',
    principal: INTERNAL.id,
    tenant: DEFAULT_TENANT,
    mappingVersion: rules.mappingVersion,
  };
  for (const { key } of documents) {
    await writer.submit((writing) => {
      const document = writing.records.get(rules.name, key);
      const delta = document && intake.settled(document, rules, writing);
      const draft = delta && delta.added.length + delta.removed.length > 0 ? { cause, ...delta } : undefined;
      return { draft, answer: () => undefined };
    });
  }
  if (documents.length > 0)
    logger.info({ source: rules.name, records: documents.length }, 'records mapped again');
  await writer.submit(() => ({
    draft: {
      cause,
      added: [quad(node, cf.mappingVersion, literal(rules.mappingVersion), home)],
      removed: known,
    },
    answer: () => undefined,
  }));
}

function versionsOf(view: GraphView, node: RDF.NamedNode, graph: RDF.NamedNode): RDF.Quad[] {
  const [s, p, g] = [node, cf.mappingVersion, graph].map((term) => view.find(term));
  if (s === UNKNOWN || p === UNKNOWN || g === UNKNOWN) return [];
  const found = view.match(s!, p!, ANY, g!);
  const quads: RDF.Quad[] = [];
  for (let i = 0; i < found.length; i += 4) {
    quads.push(quad(node, cf.mappingVersion, view.term(found[i + 2]!) as RDF.Quad_Object, graph));
  }
  return quads;
}
