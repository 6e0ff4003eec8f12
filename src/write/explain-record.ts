/**
 * Why a record states what it states: the rules of its mapping, and the members of its document.
 *
 * Nothing is noted while records are taken in. A record is mapped again and watched; what a quad depends on is
 * found by leaving things out, so the answer holds across the crosswalk and whatever else lies in between.
 */
import { rulePlace } from '../mapping/explain.ts';
import type { RecordDocument, RulePlace } from '../mapping/record.ts';
import { quadKey, quad as quadOf, type RDF } from '../rdf/terms.ts';
import { rdf } from '../rdf/vocab.ts';
import { type ParentRecords, statesWithoutParents } from './explain-parents.ts';
import type { RecordKey } from './record-joins.ts';
import { quadsOfRecord, type RecordQuadsOptions, type RecordRules } from './record-quads.ts';

/** A rule that makes a quad. */
export interface RuleOfQuad {
  readonly triplesMap: RulePlace;
  /** The object map; for classes the subject map. */
  readonly rule: RulePlace;
}

export interface QuadReasons {
  /** None: the mapping in force does not make it, or the fabric states it by itself. */
  readonly rules: readonly RuleOfQuad[];
  /** Members of the document without which the quad would not be there. */
  readonly members: readonly string[];
  /** Records that it joins with, without which the quad would not be there; several say the same. */
  readonly parents: readonly RecordKey[];
}

/** A quad as RML makes it. */
interface Made {
  readonly quad: RDF.Quad;
  readonly rule: RuleOfQuad;
}

/** Documents with more members than this are looked at no closer than by rule. */
const MEMBERS_MAX = 1000;

/** The reasons of quads of one record; graphs do not count. */
export function explainRecord(
  document: RecordDocument,
  rules: RecordRules,
  options: RecordQuadsOptions,
  quads: readonly RDF.Quad[],
  parentRecords: ParentRecords,
): readonly QuadReasons[] {
  const made: Made[] = [];
  quadsOfRecord(document, rules, {
    ...options,
    onQuad: (quad, origin, rule) => {
      const { place } = rules.plan.triplesMaps[rule]!;
      made.push({ quad, rule: { triplesMap: rulePlace(place), rule: rulePlace(origin.place) } });
    },
  });
  const without = statesWithoutMembers(document, rules, options);
  const joined = Array.from(
    statesWithoutParents(document, rules, options, parentRecords),
    ({ parents, quads: stated }) => ({ parents, stated: new Set(stated.map(tripleKey)) }),
  );
  return quads.map((quad) => {
    const key = tripleKey(quad);
    return {
      rules: distinctRules(made.filter((one) => makes(one, made, key, options)).map(({ rule }) => rule)),
      members: [...without].filter(([, stated]) => !stated.has(key)).map(([member]) => member),
      parents: joined.filter(({ stated }) => !stated.has(key)).flatMap(({ parents }) => parents),
    };
  });
}

/** Whether a quad of RML leads to a triple, by itself or as a part that it needs. */
function makes(one: Made, all: readonly Made[], key: string, { crosswalk }: RecordQuadsOptions): boolean {
  const typings = all.filter(({ quad }) => quad.predicate.equals(rdf.type));
  const leadsTo = (made: readonly Made[]): boolean =>
    crosswalk.canonicalise(made.map(({ quad }) => quad)).quads.some((quad) => tripleKey(quad) === key);
  const isTyping = typings.includes(one);
  if (isTyping ? leadsTo([one]) : leadsTo([...typings, one]) && !leadsTo(typings)) return true;
  const same = quadKey(one.quad);
  return leadsTo(all) && !leadsTo(all.filter(({ quad }) => quadKey(quad) !== same));
}

/** What the record would state, by the member that is left out. */
function statesWithoutMembers(
  document: RecordDocument,
  rules: RecordRules,
  options: RecordQuadsOptions,
): ReadonlyMap<string, ReadonlySet<string>> {
  const { value } = document;
  const members = Object.keys(value ?? {});
  if (value === null || members.length > MEMBERS_MAX) return new Map();
  return new Map(
    members.map((member) => {
      const { [member]: _, ...rest } = value;
      const { quads } = quadsOfRecord({ ...document, value: rest }, rules, options);
      return [member, new Set(quads.map(tripleKey))];
    }),
  );
}

const tripleKey = ({ subject, predicate, object }: RDF.Quad): string =>
  quadKey(quadOf(subject, predicate, object));

function distinctRules(rules: readonly RuleOfQuad[]): readonly RuleOfQuad[] {
  return [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()];
}
