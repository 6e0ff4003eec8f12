/**
 * Remapping: when a mapping or the crosswalk changed since a source's records were mapped, every record is
 * mapped again from its last document, before the fabric takes anything new in.
 *
 * The version in force stands in the system graph `fabric`, written only after the last record, so that an
 * interrupted remap begins again; a record that is mapped twice gives nothing new.
 */
import type { Logger } from 'pino';
import { DEFAULT_TENANT } from '../authorize.ts';
import { FabricError } from '../errors.ts';
import { type Draft, INTERNAL } from '../log/change.ts';
import type { GraphNames } from '../rdf/graphs.ts';
import { literal, namedNode, quad, type RDF } from '../rdf/terms.ts';
import { cf } from '../rdf/vocab.ts';
import { ANY, type GraphView, UNKNOWN } from '../store/graph-view.ts';
import type { State } from '../store/state.ts';
import type { Intake } from '../write/intake.ts';
import type { Preparation } from '../write/writer.ts';
import type { Source, Sources } from './sources.ts';

export interface RemapOptions {
  readonly sources: Sources;
  readonly state: State;
  readonly intake: Intake;
  readonly graphs: GraphNames;
  /** Records mapped at once; they share a sync. */
  readonly groupLength: number;
  readonly logger: Logger;
}

/** Brings the records of every source up to the mapping in force. */
export async function remapSources(options: RemapOptions): Promise<void> {
  for (const source of options.sources.all()) await remapSource(source, options);
}

async function remapSource({ rules }: Source, options: RemapOptions): Promise<void> {
  const { state, graphs, groupLength, logger } = options;
  const home = graphs.system('fabric');
  const node = namedNode(`${graphs.base}source/${encodeURIComponent(rules.name)}`);
  const known = knownVersions(state, node, home);
  if (known.some((q) => q.object.value === rules.mappingVersion)) return;
  const keys = Array.from(state.records.of(rules.name), ({ key }) => key);
  const cause: Draft['cause'] = {
    kind: 'reload',
    principal: INTERNAL.id,
    tenant: DEFAULT_TENANT,
    mappingVersion: rules.mappingVersion,
  };
  for (let at = 0; at < keys.length; at += groupLength) {
    const group = keys.slice(at, at + groupLength);
    await Promise.all(group.map((key) => submit(remapped(key, rules, cause, options), state)));
  }
  if (keys.length > 0) logger.info({ source: rules.name, records: keys.length }, 'records mapped again');
  const version = quad(node, cf.mappingVersion, literal(rules.mappingVersion), home);
  await submit(
    () => ({ draft: { cause, added: [version], removed: known }, answer: () => undefined }),
    state,
  );
}

/** The preparation that maps one record again. One that cannot be mapped any more goes on stating what it did. */
function remapped(
  key: string,
  rules: Source['rules'],
  cause: Draft['cause'],
  { intake, logger }: RemapOptions,
): Preparation<void> {
  return (writing) => {
    const document = writing.records.get(rules.name, key);
    try {
      const delta = document && intake.settled(document, rules, writing);
      const draft = delta && delta.added.length + delta.removed.length > 0 ? { cause, ...delta } : undefined;
      return { draft, answer: () => undefined };
    } catch (refusal) {
      if (!(refusal instanceof FabricError)) throw refusal;
      logger.warn({ source: rules.name, key, err: refusal }, 'a record could not be mapped again');
      return { draft: undefined, answer: () => undefined };
    }
  };
}

/** Where too much waits for a checkpoint, which a fabric that only starts does not come to by itself, it is made. */
async function submit(preparation: Preparation<void>, { writer, checkpointer }: State): Promise<void> {
  try {
    await writer.submit(preparation);
  } catch (refusal) {
    if (!(refusal instanceof FabricError) || refusal.type !== 'overloaded') throw refusal;
    await checkpointer.run();
    await writer.submit(preparation);
  }
}

function knownVersions(state: State, node: RDF.NamedNode, graph: RDF.NamedNode): RDF.Quad[] {
  using snapshot = state.image.snapshot();
  return versionsOf(snapshot.view, node, graph);
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
