/**
 * Validation, as the rest of the fabric sees it: quads in, a report out.
 *
 * Shapes that look at the record alone may refuse it; shapes that look at other records only annotate, and
 * are asked separately. What engine stands behind the port must never show here.
 */
import type { RDF } from '../rdf/terms.ts';
import type { ValidationReport } from './report.ts';

export interface DatasetOptions {
  /** Called now and then during a long run, so that the caller can let others work or give up by throwing. */
  readonly pause?: () => Promise<void>;
}

export interface ShapeValidator {
  /** Checks the quads of one record against the shapes that are local to a record. */
  validateRecord(quads: readonly RDF.Quad[]): Promise<ValidationReport>;
  /**
   * Checks the quads of one record against the shapes that look at other records.
   *
   * @param referenced  quads about the subjects that {@link referencesOf} names, their types at least
   */
  validateCrossRecord(quads: readonly RDF.Quad[], referenced: readonly RDF.Quad[]): Promise<ValidationReport>;
  /** IRIs of the subjects of other records at which the cross-record shapes look from these quads. */
  referencesOf(quads: readonly RDF.Quad[]): readonly string[];
  /**
   * Checks a whole dataset against all shapes. Its graphs are taken as one; classes come from the ontology
   * and from the `rdfs:subClassOf` of the data themselves (SHACL, section 1.1, "SHACL instance").
   */
  validateDataset(quads: readonly RDF.Quad[], options?: DatasetOptions): Promise<ValidationReport>;
}
