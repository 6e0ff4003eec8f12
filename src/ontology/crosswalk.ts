/**
 * The crosswalk: the quads of one record, in the terms of whatever dialect, to the terms of aerOS and ours.
 *
 * Every mapped attribute gives the `aeros:` term in aerOS's own unit and the canonical `cf:` term with the
 * unit in its name; what no row names stays as it is and is reported. All knowledge is in the tables of
 * `ontology/crosswalk/`; this file must never name an attribute.
 */
import type { Diagnostic } from '../mapping/record.ts';
import { quad, quadKey, type RDF } from '../rdf/terms.ts';
import { rdf } from '../rdf/vocab.ts';
import { type CrosswalkIndex, compileTables, type Rule } from './crosswalk-index.ts';
import { type CrosswalkTables, type CrosswalkTexts, readTables } from './crosswalk-table.ts';
import { type Converted, convert } from './crosswalk-value.ts';

export interface Crosswalk {
  /** The tables, for those who show or check them. */
  readonly tables: CrosswalkTables;
  /** IRIs of the properties of which a subject has at most one value. */
  readonly functionalProperties: ReadonlySet<string>;
  /**
   * Rewrites the quads of one record. Pure; graphs are kept; equal quads come out once, in the order of
   * their first appearance.
   *
   * Diagnostics: `value-unknown` (a sentinel, gives no triple), `value-invalid` (kept as it was),
   * `value-unmapped` (no known individual), `value-rounded`, `scale-adjusted`, `term-unmapped`,
   * `term-unknown`, `secret-removed`.
   */
  canonicalise(quads: readonly RDF.Quad[]): CanonicalRecord;
}

export interface CanonicalRecord {
  readonly quads: RDF.Quad[];
  readonly diagnostics: Diagnostic[];
}

/**
 * Reads the tables and compiles them.
 *
 * @throws FabricError `config-invalid` with file and line
 */
export function loadCrosswalk(texts: CrosswalkTexts): Crosswalk {
  const tables = readTables(texts);
  const index = compileTables(tables);
  return {
    tables,
    functionalProperties: index.functionalProperties,
    canonicalise: (quads) => canonicalise(index, quads),
  };
}

function canonicalise(index: CrosswalkIndex, quads: readonly RDF.Quad[]): CanonicalRecord {
  const out = new Out(index);
  const classesOf = canonicalClasses(index, quads);
  for (const q of quads) {
    if (q.predicate.value === TYPE) {
      const object = index.classes.get(q.object.value);
      if (!object) out.report(q.object);
      out.add(q.subject, q.predicate, object ?? q.object, q.graph);
      continue;
    }
    const rules = index.rules.get(q.predicate.value);
    const rule = rules && ruleFor(rules, classesOf.get(q.subject.value));
    if (rule) apply(rule, q, out);
    else {
      out.report(q.predicate);
      out.add(q.subject, q.predicate, q.object, q.graph);
    }
  }
  return { quads: out.quads, diagnostics: out.diagnostics };
}

const TYPE = rdf.type.value;

function canonicalClasses(index: CrosswalkIndex, quads: readonly RDF.Quad[]): Map<string, string[]> {
  const classes = new Map<string, string[]>();
  for (const q of quads) {
    if (q.predicate.value !== TYPE) continue;
    const name = (index.classes.get(q.object.value) ?? q.object).value;
    const known = classes.get(q.subject.value);
    if (known) known.push(name);
    else classes.set(q.subject.value, [name]);
  }
  return classes;
}

function ruleFor(
  rules: { readonly byClass: ReadonlyMap<string, Rule>; readonly general: Rule | undefined },
  classes: readonly string[] | undefined,
): Rule | undefined {
  if (classes && rules.byClass.size > 0) {
    for (const name of classes) {
      const rule = rules.byClass.get(name);
      if (rule) return rule;
    }
  }
  return rules.general;
}

function apply(rule: Rule, q: RDF.Quad, out: Out): void {
  if (rule.row.kind === 'secret') {
    out.note('secret-removed', q.predicate, 'a secret was taken out');
    return;
  }
  const converted = convert(rule, q.object);
  switch (converted.kind) {
    case 'unknown':
      out.note('value-unknown', q.predicate, `value "${q.object.value}" means that it is not known`);
      return;
    case 'invalid':
      out.note(
        'value-invalid',
        q.predicate,
        `value "${shortened(q.object.value)}" is not ${converted.expected}`,
      );
      out.add(q.subject, unreadTerm(rule) ?? q.predicate, q.object, q.graph);
      return;
    case 'value':
      emit(rule, converted, q, out);
  }
}

/**
 * Where a value goes that could not be read: to the term that a shape looks at, so that it can be refused;
 * to the aerOS term first, because placements read the canonical one.
 */
function unreadTerm(rule: Rule): RDF.NamedNode | undefined {
  return (rule.aerosSwapped ? undefined : rule.aeros) ?? (rule.cfSwapped ? undefined : rule.cf[0]);
}

function emit(rule: Rule, value: Extract<Converted, { kind: 'value' }>, q: RDF.Quad, out: Out): void {
  if (value.note) out.note(value.note.code, q.predicate, value.note.message);
  if (rule.aeros && value.aeros) {
    if (rule.aerosSwapped) out.addSwapped(q, rule.aeros, value.aeros);
    else out.add(q.subject, rule.aeros, value.aeros, q.graph);
  }
  for (const [index, term] of rule.cf.entries()) {
    const object = value.cf[index];
    if (!object) continue;
    if (rule.cfSwapped) out.addSwapped(q, term, object);
    else out.add(q.subject, term, object, q.graph);
  }
}

const SHOWN_LENGTH_MAX = 60;

function shortened(text: string): string {
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}...` : text;
}

/** Beyond this many quads of one predicate, duplicates are found by key instead of one by one. */
const COMPARED_MAX = 8;

interface SamePredicate {
  readonly quads: RDF.Quad[];
  keys: Set<string> | undefined;
}

/** What comes out: quads without duplicates, diagnostics once a term. */
class Out {
  readonly quads: RDF.Quad[] = [];
  readonly diagnostics: Diagnostic[] = [];
  readonly #index: CrosswalkIndex;
  readonly #byPredicate = new Map<string, SamePredicate>();
  readonly #reported = new Set<string>();

  constructor(index: CrosswalkIndex) {
    this.#index = index;
  }

  add(
    subject: RDF.Quad_Subject,
    predicate: RDF.Quad_Predicate,
    object: RDF.Quad_Object,
    graph: RDF.Quad_Graph,
  ): void {
    const made = quad(this.#right(subject), this.#right(predicate), this.#right(object), graph);
    if (this.#isNew(made)) this.quads.push(made);
  }

  #isNew(made: RDF.Quad): boolean {
    const same = this.#byPredicate.get(made.predicate.value);
    if (!same) {
      this.#byPredicate.set(made.predicate.value, { quads: [made], keys: undefined });
      return true;
    }
    if (!same.keys && same.quads.length < COMPARED_MAX) {
      if (same.quads.some((other) => other.equals(made))) return false;
      same.quads.push(made);
      return true;
    }
    same.keys ??= new Set(same.quads.map(quadKey));
    const size = same.keys.size;
    return same.keys.add(quadKey(made)).size > size;
  }

  /** Adds a quad from the object to the subject of `q`; a literal cannot be a subject. */
  addSwapped(q: RDF.Quad, predicate: RDF.NamedNode, object: RDF.Quad_Object): void {
    if (object.termType === 'Literal') return;
    this.add(object, predicate, q.subject, q.graph);
  }

  note(code: string, attribute: RDF.Term, message: string): void {
    this.diagnostics.push({
      code,
      message: `Attribute <${attribute.value}>: ${message}`,
      attribute: attribute.value,
    });
  }

  /** Reports a class or predicate that no row names, where its namespace says that one should. */
  report(term: RDF.Term): void {
    if (term.termType !== 'NamedNode' || this.#index.aliases.has(term.value)) return;
    const watched = this.#index.watched.find(({ iri }) => term.value.startsWith(iri));
    if (!watched || this.#reported.has(term.value)) return;
    this.#reported.add(term.value);
    const what = watched.code === 'term-unknown' ? 'is not in the ontology' : 'has no row in the crosswalk';
    this.diagnostics.push({
      code: watched.code,
      message: `Term <${term.value}> ${what} and stays as it is`,
      term: term.value,
    });
  }

  /** A known term under a wrong namespace becomes the right one, in any position. */
  #right<T extends RDF.Term>(term: T): T {
    if (term.termType !== 'NamedNode') return term;
    return (this.#index.aliases.get(term.value) as T | undefined) ?? term;
  }
}
