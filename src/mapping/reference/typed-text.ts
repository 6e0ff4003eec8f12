/**
 * Values whose source gives them a datatype that JSON does not have: columns of a database, cells of a sheet.
 */

/** A lexical form with the IRI of its natural datatype (RML-IO registry; R2RML, section 10.2). */
export class TypedText {
  readonly text: string;
  readonly datatype: string;

  constructor(text: string, datatype: string) {
    this.text = text;
    this.datatype = datatype;
  }
}
