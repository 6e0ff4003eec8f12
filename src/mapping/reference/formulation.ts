/**
 * What a reference formulation has to offer: documents of a source, records of a document, values of a record.
 *
 * A formulation knows its syntax and nothing of RDF. Everything is compiled once per mapping; what it
 * returns runs once per record.
 */
import type { FormulationSpec } from '../normal-form.ts';
import type { ExactNumber } from './number.ts';
import type { TypedText } from './typed-text.ts';

/** A value that can become a term. */
export type Scalar = string | number | boolean | ExactNumber | TypedText;

/** What a reference gives in a record: nothing, one value, or several. */
export type Values = Scalar | readonly Scalar[] | undefined;

/** A reference that cannot be answered from this record. */
export interface DataProblem {
  /** Stable code, kebab-case. */
  readonly code: string;
  /** Verb and context, to stand behind the name of the reference. */
  readonly message: string;
}

/** Values of a compiled reference in a record; problems are told, and the value is absent then. */
export type Reference = (record: unknown, problem: (problem: DataProblem) => void) => Values;

/** The records of a document. */
export type Iterate = (document: unknown) => readonly unknown[];

/** One document of a source, or what is wrong with a part of it. */
export type Part =
  | { readonly document: unknown; readonly row: number; readonly line?: number }
  | {
      readonly problem: DataProblem;
      readonly row: number;
      readonly line?: number;
      readonly column?: number;
      /** Whether nothing after this place can be read. */
      readonly fatal: boolean;
    };

/** UTF-8 bytes of a text, in chunks that may split characters. */
export type ByteChunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** One row of a table that is no text: columns by name, values with the datatype that the source gives them. */
export type SourceRow = Readonly<Record<string, Scalar | undefined>>;

/** What may be in memory at once; units are UTF-16 code units. */
export interface TextLimits {
  /** One document of JSON or XML. */
  readonly documentCharactersMax: number;
  /** One line of NDJSON. */
  readonly lineCharactersMax: number;
  /** One row of CSV. */
  readonly rowCharactersMax: number;
}

/** What an adapter hands over for a logical source: bytes that are decompressed and UTF-8, or rows. */
export type SourceData =
  | { readonly kind: 'bytes'; readonly chunks: ByteChunks; readonly limits?: Partial<TextLimits> }
  | { readonly kind: 'rows'; readonly rows: AsyncIterable<readonly SourceRow[]> };

/** Texts that come one after another, each whole in itself: the messages of a broker. */
export interface SourceMessages {
  readonly kind: 'messages';
  /** UTF-8. */
  readonly messages: AsyncIterable<Uint8Array>;
}

/** What is read of a source: records, and what is looked up in them. */
export interface Asked {
  readonly iterator: string | undefined;
  /** References to the records; undefined: any. */
  readonly references: readonly string[] | undefined;
}

/** Takes a source apart; see {@link Formulation.documents}. */
export type ReadDocuments = (data: SourceData) => AsyncIterable<readonly Part[]>;

export interface Formulation {
  readonly name: string;
  /** @throws Error that says what is wrong with the iterator */
  compileIterator(iterator: string | undefined, spec: FormulationSpec): Iterate;
  /** @throws Error that says what is wrong with the reference */
  compileReference(reference: string, spec: FormulationSpec): Reference;
  /**
   * Takes a source apart; what a chunk completes comes together. Rows count from 1: the data rows of a table,
   * the lines of NDJSON. Nothing comes after a fatal problem.
   */
  documents(data: SourceData, spec: FormulationSpec): AsyncIterable<readonly Part[]>;
  /**
   * The same in parts that hold no more than what is asked for, where a document need not lie in memory whole:
   * iterators select the records of a part in it, and all parts together have those of the document.
   *
   * @returns undefined when it has to lie in memory
   */
  streamed?(asked: readonly Asked[], spec: FormulationSpec): ReadDocuments | undefined;
  /** The same for a text that is at hand: a field of a logical view. Absent where texts are never read. */
  ofText?(text: string, spec: FormulationSpec): readonly Part[];
  /** A record of the live fabric, a JSON document, in the shape that references of this formulation read. */
  adopt(document: unknown): unknown;
}
