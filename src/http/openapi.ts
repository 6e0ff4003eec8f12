/**
 * The OpenAPI 3.1 document, made from the table of operations. Nothing is described here that does not
 * stand there.
 */
import type { Config } from '../config.ts';
import { type Answer, DOORS, type Operation, PARAMETERS, type ParameterName } from './operation.ts';
import { OPERATIONS } from './operations.ts';
import { PROBLEM_JSON } from './problem.ts';
import { componentSchemas } from './schemas.ts';

/** @param version  of the package */
export function openApiDocument(version: string, { server }: Config): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'continuum-fabric',
      version,
      description:
        'A live knowledge graph of the cloud-edge-IoT continuum: records in, SPARQL and validation over them, placements with reasons out. Every answer carries Fabric-Seq, the change that it shows.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    tags: Object.entries(DOORS).map(([name, description]) => ({ name, description })),
    ...(server.token === undefined ? {} : { security: [{ token: [] }] }),
    paths: paths(),
    components: {
      schemas: componentSchemas(),
      parameters: {
        minSeq: {
          name: 'Fabric-Min-Seq',
          in: 'header',
          schema: { type: 'integer', minimum: 0 },
          description: 'The answer shows at least this change; also as the parameter `minSeq`.',
        },
      },
      headers: {
        seq: { schema: { type: 'integer' }, description: 'The change that the answer shows.' },
        requestId: {
          schema: { type: 'string', format: 'uuid' },
          description: 'Names the request in the log.',
        },
      },
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function paths(): object {
  const result: Record<string, Record<string, object>> = {};
  for (const operation of OPERATIONS) {
    (result[operation.path] ??= {})[operation.method] = describeOperation(operation);
  }
  return result;
}

/** Doors that a supervisor may open without a token. */
const OPEN = new Set(['/livez', '/readyz']);

function describeOperation(operation: Operation): object {
  const { method, path, door, summary, parameters = [], body, answers } = operation;
  return {
    operationId: operationId(method, path),
    tags: [door],
    summary,
    ...(OPEN.has(path) ? { security: [] } : {}),
    parameters: [
      ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
        name,
        in: 'path',
        required: true,
        schema: { type: 'string' },
      })),
      ...parameters.map(parameter),
      { $ref: '#/components/parameters/minSeq' },
    ],
    ...(body === undefined
      ? {}
      : { requestBody: { required: operation.optionalBody !== true, content: contentOf(body) } }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, response(answer)])),
      default: {
        description: 'A problem; its type says what, `mend` what to do about it',
        headers: HEADERS,
        content: { [PROBLEM_JSON]: { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

function operationId(method: string, path: string): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  return [method, ...words]
    .map((word, index) => (index === 0 ? word : word[0]!.toUpperCase() + word.slice(1)))
    .join('');
}

function parameter(name: ParameterName): object {
  return { name, in: 'query', ...PARAMETERS[name] };
}

const HEADERS = {
  'Fabric-Seq': { $ref: '#/components/headers/seq' },
  'Fabric-Request-Id': { $ref: '#/components/headers/requestId' },
};

function response({ description, content }: Answer): object {
  return { description, headers: HEADERS, ...(content === undefined ? {} : { content: contentOf(content) }) };
}

function contentOf(content: Readonly<Record<string, string | null>>): object {
  return Object.fromEntries(
    Object.entries(content).map(([mediaType, schema]) => [
      mediaType,
      schema === null ? {} : { schema: { $ref: `#/components/schemas/${schema}` } },
    ]),
  );
}
