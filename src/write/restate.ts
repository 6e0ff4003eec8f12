/**
 * Mapping records again whose document has not changed: after a change of a mapping, of the crosswalk, or of
 * a record that they join with.
 *
 * A record is judged as when it came: what breaks a shape now is kept aside with its report, and the last
 * good state stays. Nothing here touches the record store.
 */
import { FabricError } from '../errors.ts';
import type { RecordEffect, SourceVersion } from '../log/change.ts';
import type { RecordDocument } from '../mapping/record.ts';
import type { GraphNames } from '../rdf/graphs.ts';
import type { RDF } from '../rdf/terms.ts';
import type { GraphView } from '../store/graph-view.ts';
import { quadsOf } from '../store/lookup.ts';
import { OverlayView } from '../store/overlay-view.ts';
import { checkStorable } from '../store/storable.ts';
import { hasViolation, type ValidationReport } from '../validation/report.ts';
import type { ShapeValidator } from '../validation/validate.ts';
import { type OwnershipContext, settle } from './ownership.ts';
import { canBeKeptAside, keptAside, quarantineQuads } from './quarantine.ts';
import type { RecordKey } from './record-joins.ts';
import { quadsOfRecord, type RecordQuadsOptions, type RecordRules } from './record-quads.ts';
import type { RecordStore } from './record-store.ts';

export interface QuadChanges {
  readonly added: readonly RDF.Quad[];
  readonly removed: readonly RDF.Quad[];
}

export interface RestateContext {
  readonly graphs: GraphNames;
  readonly validator: ShapeValidator;
  readonly quads: RecordQuadsOptions;
  /** Who states a functional property, against the state that `view` shows. */
  readonly ownership: (view: GraphView) => OwnershipContext;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface Restated extends QuadChanges {
  /** What is wrong with the record under the present rules; its last good state stays. */
  readonly report?: ValidationReport;
}

/**
 * What a record states under the present rules, settled against the others.
 *
 * @throws FabricError `mapping-failed` when it cannot be mapped; `record-invalid` when it cannot be stored
 */
export async function restate(
  document: RecordDocument,
  rules: RecordRules,
  view: GraphView,
  context: RestateContext,
): Promise<Restated> {
  const { source, key, value } = document;
  const { quads } = quadsOfRecord(document, rules, context.quads);
  const version = asVersion(document);
  const aside = quadsOf(view, { graph: context.graphs.quarantine(source, key) });
  if (rules.policy !== 'annotate' && value !== null) {
    const report = await context.validator.validateRecord(quads);
    if (hasViolation(report)) return { ...setAside(version, report, rules, aside, context), report };
  }
  const standing = { precedence: rules.precedence, observedAt: document.observedAt };
  const { added, removed } = settle({ source, key, standing, quads }, context.ownership(view));
  for (const q of added) checkStorable(q);
  // What was kept aside of this very version has become good; what came later is as bad as it was.
  const { isLater } = keptAside(aside, version);
  return { added, removed: isLater ? removed : [...removed, ...aside] };
}

/** The document as the one version that would make it. */
function asVersion({ source, key, value, times, observedAt, receivedAt }: RecordDocument): RecordEffect {
  return { source, key, op: 'replace', ...(value === null ? {} : { value }), times, observedAt, receivedAt };
}

function setAside(
  version: RecordEffect,
  report: ValidationReport,
  rules: RecordRules,
  before: readonly RDF.Quad[],
  { graphs, now }: RestateContext,
): QuadChanges {
  const { isLater, isSame, staleSince } = keptAside(before, version);
  if (rules.policy === 'reject' || !canBeKeptAside(version) || isLater || isSame) return NOTHING;
  const at = new Date(now).toISOString();
  const quads = quarantineQuads(version, report, { graphs, now: at, staleSince: staleSince ?? at });
  return { added: quads, removed: before };
}

const NOTHING: QuadChanges = { added: [], removed: [] };

/** Records that follow a change of another, in the change itself. */
export interface Following {
  readonly records: RecordStore;
  readonly rules: (source: string) => RecordRules | undefined;
  /** A record that could not be mapped again; it goes on stating what it did. */
  readonly onRefusal: (record: RecordKey, refusal: FabricError) => void;
}

/** A change with the records that follow it, by the mappings of their sources. */
export interface FollowedChanges extends QuadChanges {
  /** Sources whose records state something else now, in the order of the first of each. */
  readonly followed: readonly SourceVersion[];
}

/**
 * The change with what follows from it in `children`, one after another, each seeing those before it.
 *
 * @param changes  what the record itself does to `view`
 */
export async function withChildren(
  changes: QuadChanges,
  children: readonly RecordKey[],
  view: GraphView,
  context: RestateContext,
  { records, rules, onRefusal }: Following,
): Promise<FollowedChanges> {
  const followed = new Map<string, SourceVersion>();
  const overlay = new OverlayView(view, context.graphs);
  lay(overlay, changes);
  for (const child of children) {
    const document = records.get(child.source, child.key);
    const own = rules(child.source);
    if (!document || document.value === null || !own) continue;
    try {
      const restated = await restate(document, own, overlay, context);
      lay(overlay, restated);
      if (restated.added.length + restated.removed.length === 0) continue;
      followed.set(child.source, { source: child.source, mappingVersion: own.mappingVersion });
    } catch (refusal) {
      if (!(refusal instanceof FabricError)) throw refusal;
      onRefusal(child, refusal);
    }
  }
  return { added: overlay.added, removed: overlay.removed, followed: [...followed.values()] };
}

function lay(overlay: OverlayView, { added, removed }: QuadChanges): void {
  for (const q of removed) overlay.remove(q);
  for (const q of added) overlay.add(q);
}
