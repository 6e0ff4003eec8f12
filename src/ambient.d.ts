// Declarations for packages that ship none.
declare module 'rdf-canonize' {
  export function canonize(
    dataset: readonly unknown[],
    options: { algorithm: 'RDFC-1.0'; maxWorkFactor?: number },
  ): Promise<string>;
}
declare module 'shacl-engine' {
  import type * as RDF from '@rdfjs/types';
  export interface ShaclResult {
    readonly focusNode?: { readonly term: RDF.Term };
    readonly path?: readonly {
      readonly quantifier: string;
      readonly start: string;
      readonly end: string;
      readonly predicates: readonly RDF.Term[];
    }[];
    readonly value?: { readonly term?: RDF.Term };
    readonly message: readonly RDF.Literal[];
    readonly severity: RDF.NamedNode;
    readonly constraintComponent: RDF.NamedNode;
    readonly shape: { readonly ptr: { readonly term: RDF.Term } };
  }
  export interface ShaclReport {
    readonly conforms: boolean;
    readonly results: readonly ShaclResult[];
    readonly dataset: Iterable<RDF.Quad>;
  }
  export class Validator {
    constructor(dataset: unknown, options: { factory: unknown; details?: boolean });
    validate(
      data: { dataset: unknown; terms?: readonly RDF.Term[] },
      shapes?: readonly { terms: readonly RDF.Term[] }[],
    ): Promise<ShaclReport>;
  }
}
