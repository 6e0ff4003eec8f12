// Declarations for packages that ship none.
declare module 'shacl-engine' {
  import type * as RDF from '@rdfjs/types';
  /** Nodes of a dataset, as the engine hands them around; `term` is undefined where there are several. */
  export interface Pointer {
    readonly term?: RDF.Term | null;
    readonly terms: readonly RDF.Term[];
  }
  export interface PathStep {
    readonly quantifier: 'one' | 'oneOrMore' | 'zeroOrMore' | 'zeroOrOne';
    readonly start: 'subject' | 'object';
    readonly end: 'subject' | 'object';
    readonly predicates: readonly RDF.Term[];
  }
  export interface ShaclResult {
    readonly focusNode?: Pointer;
    readonly path?: readonly PathStep[] | null;
    readonly value?: Pointer;
    readonly message: readonly RDF.Literal[];
    readonly severity: RDF.NamedNode;
    readonly constraintComponent: RDF.NamedNode;
    readonly shape: { readonly ptr: Pointer };
  }
  export interface ShaclReport {
    readonly conforms: boolean;
    readonly results: readonly ShaclResult[];
    readonly dataset: Iterable<RDF.Quad>;
  }
  /** A compiled shape. `validate` remembers what it has seen of a context; `shapeValidator` does the work. */
  export interface Shape {
    validate(context: unknown): Promise<unknown>;
    readonly shapeValidator: { validate(context: unknown): Promise<unknown> };
  }
  export class Validator {
    constructor(dataset: unknown, options: { factory: unknown; details?: boolean });
    shape(ptr: Pointer): Shape | null;
    validate(
      data: { dataset: unknown; terms?: readonly RDF.Term[] },
      shapes?: readonly { terms: readonly RDF.Term[] }[],
    ): Promise<ShaclReport>;
  }
}
// Parts of n3 by their files; CommonJS, so that the exports are properties of the default export.
declare module 'n3/lib/N3Lexer.js' {
  import type { Lexer } from 'n3';

  const exported: { readonly default: typeof Lexer };
  export default exported;
}
declare module 'n3/lib/N3Parser.js' {
  import type { Parser } from 'n3';

  const exported: { readonly default: typeof Parser };
  export default exported;
}
