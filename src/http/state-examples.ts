/** What one may ask of the state as a whole, and send to it, for the OpenAPI document. */
import type { OperationExamples, OperationKey } from './examples.ts';

/**
 * Changes are asked for as a page: a stream has no end to wait for.
 *
 * @param element  an element that other examples make
 * @param notes  the graph that the example of an update writes to
 */
export const stateExamples = (
  element: string,
  notes: string,
): Readonly<Record<OperationKey, OperationExamples>> => ({
  'get /v1/changes': {
    parameters: {
      from: { updates: { summary: 'From the beginning', value: 1 } },
      limit: { updates: { summary: 'The first ten', value: 10 } },
      kind: { updates: { summary: 'What SPARQL UPDATE changed', value: ['update'] } },
      graphClass: { updates: { summary: 'In graphs of users', value: ['user'] } },
    },
  },
  'get /v1/dump': {
    parameters: { graph: { notes: { summary: 'The graph of the example of an update', value: notes } } },
  },
  'post /v1/quads': {
    parameters: {
      graph: { rooms: { summary: 'For statements without a graph', value: notes } },
      id: { rooms: { summary: 'Progress is kept under this name', value: 'rooms2026' } },
      more: { rooms: { summary: 'This is not the end of the text', value: true } },
    },
    body: {
      'application/n-quads': {
        rooms: {
          summary: 'Notes about elements',
          value: `<${element}> <urn:example:room> "B 13" <${notes}> .\n`,
        },
      },
      'application/n-triples': {
        rooms: { summary: 'The same without a graph', value: `<${element}> <urn:example:room> "B 14" .\n` },
      },
    },
  },
  'get /v1/quads/loads/{id}': {
    parameters: { id: { rooms: { summary: 'The load of the example before', value: 'rooms2026' } } },
  },
});
