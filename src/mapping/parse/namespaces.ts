/**
 * Namespaces of the vocabularies that describe where data come from and go to; those of RML and its forerunners
 * are in `../vocabulary.ts`.
 */
export const CSVW = 'http://www.w3.org/ns/csvw#';
export const D2RQ = 'http://www.wiwiss.fu-berlin.de/suhl/bizer/D2RQ/0.1#';
export const DCAT = 'http://www.w3.org/ns/dcat#';
export const FORMATS = 'http://www.w3.org/ns/formats/';
export const HCTL = 'https://www.w3.org/2019/wot/hypermedia#';
export const SD = 'http://www.w3.org/ns/sparql-service-description#';
export const TD = 'https://www.w3.org/2019/wot/td#';

export const RDF_TYPE = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type';
