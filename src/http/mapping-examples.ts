/** What one may send to the mappings of sources, for the OpenAPI document. */
import type { OperationExamples, OperationKey } from './examples.ts';

/** Links of the network with their latency alone. */
const LINKS = `# Links of the network: only their ends and their latency.
@prefix cf: <https://w3id.org/continuum-fabric/ns#> .
@prefix rml: <http://w3id.org/rml/> .

<#link> a rml:TriplesMap ;
  rml:logicalSource [ rml:source [ a cf:Records ] ; rml:referenceFormulation rml:JSONPath ] ;
  rml:subjectMap [ rml:template "urn:ngsi-ld:NetworkLink:{$.from}:{$.to}" ; rml:class cf:NetworkLink ] ;
  rml:predicateObjectMap
    [ rml:predicate cf:linkFrom ; rml:objectMap [ rml:reference "$.from" ; rml:termType rml:IRI ] ] ,
    [ rml:predicate cf:linkTo ; rml:objectMap [ rml:reference "$.to" ; rml:termType rml:IRI ] ] ,
    [ rml:predicate cf:latencyMs ; rml:objectMap [ rml:reference "$.latencyMs" ] ] .
`;

/** The same in YARRRML. The document that is mapped is the record, whatever the source is called. */
const LINKS_YARRRML = `# Links of the network: only their ends and their latency.
prefixes:
  cf: https://w3id.org/continuum-fabric/ns#
mappings:
  link:
    sources:
      - [record.json~jsonpath, $]
    s: urn:ngsi-ld:NetworkLink:$(from):$(to)
    po:
      - [a, cf:NetworkLink]
      - [cf:linkFrom, $(from)~iri]
      - [cf:linkTo, $(to)~iri]
      - p: cf:latencyMs
        o: { value: $(latencyMs), datatype: xsd:double }
`;

const SOURCE = { links: { summary: 'The links of the network', value: 'network-links' } };

export const MAPPING_EXAMPLES: Readonly<Partial<Record<OperationKey, OperationExamples>>> = {
  'get /v1/sources/{name}/mapping': { parameters: { name: SOURCE } },
  'put /v1/sources/{name}/mapping': {
    parameters: { name: SOURCE },
    body: {
      'text/turtle': { links: { summary: 'Ends and latency alone', value: LINKS } },
      'application/yaml': { links: { summary: 'The same in YARRRML', value: LINKS_YARRRML } },
    },
  },
  'delete /v1/sources/{name}/mapping': { parameters: { name: SOURCE } },
  'post /v1/mappings/explain': {
    body: {
      'application/json': {
        element: {
          summary: 'All that is said of an element',
          value: { quad: '<urn:ngsi-ld:InfrastructureElement:valencia:worker-7> * *' },
        },
        property: {
          summary: 'Quads with a property, one of them',
          value: { quad: '* cf:hostname *', limit: 1 },
        },
      },
    },
  },
};
