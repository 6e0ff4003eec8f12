/**
 * Values whose source gives them a datatype that JSON does not have: columns of a database, cells of a sheet,
 * literals of SPARQL solutions.
 */

/** A lexical form with the IRI of its natural datatype (RML-IO registry; R2RML, section 10.2). */
export class TypedText {
  readonly text: string;
  readonly datatype: string;
  /** The language tag of a literal whose datatype is rdf:langString. */
  readonly language: string | undefined;

  constructor(text: string, datatype: string, language?: string) {
    this.text = text;
    this.datatype = datatype;
    this.language = language;
  }
}
