/**
 * The OpenAPI 3.1 document, made from the table of operations and that of examples. No operation is
 * described here that does not stand there.
 */
import type { Config } from '../config.ts';
import { EXAMPLES, type Examples, type OperationExamples, type OperationKey } from './examples.ts';
import { type Answer, DOORS, type Operation, PARAMETERS, type ParameterName } from './operation.ts';
import { OPERATIONS } from './operations.ts';
import { PROBLEM_JSON } from './problem.ts';
import type { Method } from './route.ts';
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

interface Parameter {
  readonly name: string;
  readonly [member: string]: unknown;
}

/** Parameters whose names depend on what stands in the path. */
const FREE_PARAMETERS: Readonly<Partial<Record<OperationKey, Parameter>>> = {
  'get /v1/queries/{name}': {
    name: 'terms',
    in: 'query',
    style: 'form',
    explode: true,
    schema: { type: 'object', additionalProperties: { type: 'string' } },
    description:
      'A term for each parameter of the query, as `$name=term`; `/v1/queries` lists the names. A term is <iri>, "text", 42, 4.2 or true.',
  },
};

interface Links {
  readonly status: number;
  /** Runtime expression of the identifier in the answer. */
  readonly value: string;
  /** Operations whose path takes it as `id`. */
  readonly to: readonly (readonly [method: Method, path: string])[];
}

/** What an answer names for other operations. */
const LINKS: Readonly<Partial<Record<OperationKey, Links>>> = {
  'post /v1/placements': {
    status: 200,
    value: '$response.body#/id',
    to: [
      ['get', '/v1/placements/{id}'],
      ['delete', '/v1/placements/{id}'],
      ['post', '/v1/placements/{id}/confirm'],
      ['get', '/v1/explain/{id}'],
    ],
  },
};

function describeOperation(operation: Operation): object {
  const { method, path, door, summary, parameters = [], body, answers } = operation;
  const key: OperationKey = `${method} ${path}`;
  const examples = EXAMPLES[key] ?? {};
  const free = FREE_PARAMETERS[key];
  return {
    operationId: operationId(method, path),
    tags: [door],
    summary,
    ...(OPEN.has(path) ? { security: [] } : {}),
    parameters: [
      ...[
        ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
          name,
          in: 'path',
          required: true,
          schema: { type: 'string' },
        })),
        ...parameters.map(parameter),
        ...(free === undefined ? [] : [free]),
      ].map((described) => withExamples(described, examples)),
      { $ref: '#/components/parameters/minSeq' },
    ],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: operation.optionalBody !== true,
            content: contentOf(body, examples.body),
          },
        }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [
          status,
          { ...response(answer), ...linksOf(key, Number(status)) },
        ]),
      ),
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

function parameter(name: ParameterName): Parameter {
  return { name, in: 'query', ...PARAMETERS[name] };
}

function withExamples(described: Parameter, { parameters = {} }: OperationExamples): object {
  const examples = parameters[described.name];
  return examples === undefined ? described : { ...described, examples };
}

function linksOf(key: OperationKey, status: number): object {
  const links = LINKS[key];
  if (links?.status !== status) return {};
  const described = links.to.map(([method, path]) => {
    const id = operationId(method, path);
    return [id, { operationId: id, parameters: { id: links.value } }];
  });
  return { links: Object.fromEntries(described) as object };
}

const HEADERS = {
  'Fabric-Seq': { $ref: '#/components/headers/seq' },
  'Fabric-Request-Id': { $ref: '#/components/headers/requestId' },
};

function response({ description, content }: Answer): object {
  return { description, headers: HEADERS, ...(content === undefined ? {} : { content: contentOf(content) }) };
}

function contentOf(
  content: Readonly<Record<string, string | null>>,
  examples: Readonly<Record<string, Examples>> = {},
): object {
  return Object.fromEntries(
    Object.entries(content).map(([mediaType, schema]) => [
      mediaType,
      {
        ...(schema === null ? {} : { schema: { $ref: `#/components/schemas/${schema}` } }),
        ...(examples[mediaType] === undefined ? {} : { examples: examples[mediaType] }),
      },
    ]),
  );
}
