/**
 * One attribute under two names in one record: an element created with a context and patched without one has
 * both `sdm:availableRam` and the default context's. They mean one functional property; the later one holds.
 *
 * Pure. The earlier one stays in the document and counts again when the later one is taken away. Only names
 * that are members of the document have a time; anything else is left for the shapes to judge.
 */
import type { Diagnostic, RecordDocument } from '../mapping/record.ts';
import type { CanonicalRecord, Crosswalk } from '../ontology/crosswalk.ts';
import { type RDF, termKey } from '../rdf/terms.ts';
import { rdf } from '../rdf/vocab.ts';

/** The record in canonical terms, with at most one name of each attribute. */
export function canonicalLatest(
  quads: readonly RDF.Quad[],
  document: RecordDocument,
  crosswalk: Crosswalk,
): CanonicalRecord {
  const all = crosswalk.canonicalise(quads);
  const contested = contestedClaims(all.quads, crosswalk);
  if (contested.size === 0) return all;
  const spellings = spellingsOf(quads, document, crosswalk);
  const earlier = new Set<RDF.Quad>();
  const diagnostics: Diagnostic[] = [];
  for (const claim of contested) {
    const rivals = spellings.filter(({ claims }) => claims.has(claim));
    const last = rivals.reduce((a, b) => (b.time >= a.time ? b : a), rivals[0]!);
    for (const rival of rivals) {
      if (rival === last || rival.quads.every((q) => earlier.has(q))) continue;
      for (const q of rival.quads) earlier.add(q);
      diagnostics.push({
        code: 'attribute-superseded',
        message: `Attribute <${rival.name}> says the same as <${last.name}>, which was observed later`,
        attribute: rival.name,
      });
    }
  }
  if (earlier.size === 0) return all;
  const latest = crosswalk.canonicalise(quads.filter((q) => !earlier.has(q)));
  return { quads: latest.quads, diagnostics: [...latest.diagnostics, ...diagnostics] };
}

const claimOf = (q: RDF.Quad): string => `${termKey(q.subject)}\u0001${q.predicate.value}`;

/** Functional properties of a subject that have more than one value. */
function contestedClaims(quads: readonly RDF.Quad[], crosswalk: Crosswalk): Set<string> {
  const seen = new Set<string>();
  const contested = new Set<string>();
  for (const q of quads) {
    if (!crosswalk.functionalProperties.has(q.predicate.value)) continue;
    const claim = claimOf(q);
    if (seen.has(claim)) contested.add(claim);
    seen.add(claim);
  }
  return contested;
}

interface Spelling {
  readonly name: string;
  readonly time: string;
  readonly quads: readonly RDF.Quad[];
  /** What it comes to in canonical terms. */
  readonly claims: ReadonlySet<string>;
}

/** The members of the document that are predicates, in its order: of equal times the later arrival is last. */
function spellingsOf(
  quads: readonly RDF.Quad[],
  document: RecordDocument,
  crosswalk: Crosswalk,
): readonly Spelling[] {
  const types = quads.filter((q) => q.predicate.equals(rdf.type));
  const byName = new Map<string, RDF.Quad[]>();
  for (const q of quads) {
    if (q.predicate.equals(rdf.type)) continue;
    const known = byName.get(q.predicate.value);
    if (known) known.push(q);
    else byName.set(q.predicate.value, [q]);
  }
  return Object.entries(document.times).flatMap(([name, time]) => {
    const own = byName.get(name);
    if (!own) return [];
    const claims = crosswalk.canonicalise([...types, ...own]).quads.map(claimOf);
    return [{ name, time, quads: own, claims: new Set(claims) }];
  });
}
