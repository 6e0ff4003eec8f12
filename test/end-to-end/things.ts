/** Things at sites, as records of two sources: a thing joins with its site, and each source has its mapping file. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @param property  what the mapping calls the value of a thing */
export const thingsMapping = (property: string): string => `
@prefix rml: <http://w3id.org/rml/> .
@prefix cf: <https://w3id.org/continuum-fabric/ns#> .
@prefix ex: <http://ex.org/> .
ex:thing rml:logicalSource [ rml:source [ a cf:Records ] ; rml:referenceFormulation rml:JSONPath ] ;
  rml:subjectMap [ rml:template "http://ex.org/thing/{id}" ] ;
  rml:predicateObjectMap [ rml:predicate ex:${property} ; rml:objectMap [ rml:reference "v" ] ] ;
  rml:predicateObjectMap [ rml:predicate ex:at ; rml:objectMap [ rml:parentTriplesMap ex:site ;
    rml:joinCondition [ rml:child "site" ; rml:parent "id" ] ] ] .
ex:site rml:logicalSource [ rml:source [ a cf:Records ; cf:sourceName "sites" ] ; rml:referenceFormulation rml:JSONPath ] ;
  rml:subjectMap [ rml:template "http://ex.org/site/{name}" ] .
`;

const SITES_MAPPING = `
@prefix rml: <http://w3id.org/rml/> .
@prefix cf: <https://w3id.org/continuum-fabric/ns#> .
@prefix ex: <http://ex.org/> .
ex:site rml:logicalSource [ rml:source [ a cf:Records ] ; rml:referenceFormulation rml:JSONPath ] ;
  rml:subjectMap [ rml:template "http://ex.org/site/{name}" ; rml:class ex:Site ] .
`;

/** The two sources, and the mapping file of the things, which begins with the property `first`. */
export function thingsAtSites(folder: string): {
  readonly things: string;
  readonly sources: readonly object[];
} {
  const [things, sites] = [join(folder, 'things.ttl'), join(folder, 'sites.ttl')];
  writeFileSync(things, thingsMapping('first'));
  writeFileSync(sites, SITES_MAPPING);
  const sources = [
    { name: 'things', kind: 'http', format: 'json', key: 'id', mapping: things },
    { name: 'sites', kind: 'http', format: 'json', key: 'id', mapping: sites },
  ];
  return { things, sources };
}
