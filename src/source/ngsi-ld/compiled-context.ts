/**
 * A compiled context: a function from a name to an IRI, remembered per name.
 *
 * Term definitions are those that JSON-LD context processing made; only the look-up is ours.
 */

/** What the processor answers, as far as the look-up reads it. */
export interface ActiveContext {
  readonly mappings: ReadonlyMap<string, TermDefinition | null>;
  readonly '@vocab'?: string | null;
}

interface TermDefinition {
  readonly '@id'?: string | null;
  readonly '@type'?: string;
  readonly '@context'?: unknown;
  readonly reverse?: boolean;
  readonly _prefix?: boolean;
}

export type ExpandedName =
  /** An absolute IRI. `coercion` says how a bare string under this name is read: `@id`, `@vocab`, a datatype. */
  | { readonly kind: 'iri'; readonly iri: string; readonly coercion?: string; readonly listed: boolean }
  /** `@id`, `@type` ... */
  | { readonly kind: 'keyword'; readonly keyword: string }
  /** The context takes the name out, or it looks like a keyword that JSON-LD does not have. */
  | { readonly kind: 'ignored' }
  /** The name cannot be an attribute or a type; `reason` continues "Name x ...". */
  | { readonly kind: 'invalid'; readonly reason: string };

const KEYWORD_FORM = /^@[A-Za-z]+$/;

export const ABSOLUTE_IRI = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`\u0000-\u0020]*$/;

/** Names that are remembered per context; a sender can invent any number of them. */
const NAMES_MAX = 20_000;
const NAME_LENGTH_MAX = 512;

export class CompiledContext {
  /** Address of a context of which only some terms are known. */
  readonly partial: string | undefined;
  readonly #active: ActiveContext;
  readonly #names = new Map<string, ExpandedName>();

  constructor(active: ActiveContext, partial: string | undefined) {
    this.#active = active;
    this.partial = partial;
  }

  /** Expands the name of an attribute or a type (JSON-LD 1.1 API, 5.2 IRI Expansion, `vocab` true). */
  expand(name: string): ExpandedName {
    let expanded = this.#names.get(name);
    if (expanded === undefined) {
      expanded = this.#expand(name);
      if (this.#names.size >= NAMES_MAX) this.#names.clear();
      if (name.length <= NAME_LENGTH_MAX) this.#names.set(name, expanded);
    }
    return expanded;
  }

  /** Expands an identifier: compact IRIs by their prefix, everything else as it stands (`vocab` false). */
  identifier(text: string): string {
    return this.#compact(text) ?? text;
  }

  #expand(name: string): ExpandedName {
    const definition = this.#active.mappings.get(name);
    if (definition === undefined) {
      if (KEYWORD_FORM.test(name)) return { kind: 'ignored' };
      const compact = this.#compact(name);
      if (compact !== undefined) return checked(compact, undefined, true);
      const vocabulary = this.#active['@vocab'];
      return name.includes(':') || typeof vocabulary !== 'string'
        ? checked(name, undefined, true)
        : checked(vocabulary + name, undefined, false);
    }
    const iri = definition?.['@id'];
    if (definition === null || iri === null || iri === undefined) return { kind: 'ignored' };
    if (iri.startsWith('@')) return { kind: 'keyword', keyword: iri };
    if (definition.reverse === true)
      return { kind: 'invalid', reason: 'is a reverse property, which NGSI-LD does not have' };
    if (definition['@context'] !== undefined) {
      return { kind: 'invalid', reason: 'has a context of its own, which is not supported' };
    }
    return checked(iri, definition['@type'], true);
  }

  #compact(text: string): string | undefined {
    const colon = text.indexOf(':');
    if (colon <= 0 || text.startsWith('//', colon + 1)) return undefined;
    const prefix = this.#active.mappings.get(text.slice(0, colon));
    const iri = prefix?._prefix === true ? prefix['@id'] : undefined;
    return typeof iri === 'string' ? iri + text.slice(colon + 1) : undefined;
  }
}

function checked(iri: string, coercion: string | undefined, listed: boolean): ExpandedName {
  if (!ABSOLUTE_IRI.test(iri)) return { kind: 'invalid', reason: 'does not expand to an IRI' };
  return coercion === undefined ? { kind: 'iri', iri, listed } : { kind: 'iri', iri, coercion, listed };
}
