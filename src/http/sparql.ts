/**
 * The SPARQL 1.1 Protocol door: query by GET, form and direct POST, update by form and direct POST, the
 * service description for a GET without a query. Reads the protocol only; the text is the engine's matter.
 */
import type { Request } from 'express';
import { FabricError } from '../errors.ts';
import { answerQuery, queryOptions } from './answer-query.ts';
import { bodyLimits, expectContentType, readText } from './body.ts';
import { contextOf, type Doorway, type Exchange, queryOf, sendJson, showSeq, single } from './exchange.ts';
import type { Route } from './route.ts';
import { describeService } from './service-description.ts';

const FORM = 'application/x-www-form-urlencoded';
const QUERY = 'application/sparql-query';
const UPDATE = 'application/sparql-update';

export function sparqlRoutes(doorway: Doorway): readonly Route[] {
  return [
    { method: 'get', path: '/sparql', handle: (req, res) => get(doorway, req, res) },
    { method: 'post', path: '/sparql', handle: (req, res) => post(doorway, req, res) },
  ];
}

async function get(doorway: Doorway, req: Request, res: Exchange): Promise<void> {
  const parameters = queryOf(req);
  if (parameters.has('update')) {
    throw new FabricError('method-not-allowed', 'An update is sent by POST, never by GET', {
      extensions: { allowed: ['POST'] },
    });
  }
  if (!parameters.has('query')) {
    await describeService(doorway, req, res);
    return;
  }
  await query(doorway, req, res, parameters);
}

async function post(doorway: Doorway, req: Request, res: Exchange): Promise<void> {
  const type = expectContentType(req, [FORM, QUERY, UPDATE]);
  const limits = bodyLimits(doorway, type === QUERY ? 'query' : 'update');
  const parameters = queryOf(req);
  // Percent-encoding makes a form up to three times as long as its text.
  const text = await readText(req, type === FORM ? { ...limits, bytesMax: limits.bytesMax * 3 } : limits);
  if (type === FORM) {
    for (const [name, value] of new URLSearchParams(text)) parameters.append(name, value);
  } else {
    parameters.append(type === QUERY ? 'query' : 'update', text);
  }
  if (parameters.has('query') === parameters.has('update')) {
    throw new FabricError('request-invalid', 'The request has not exactly one of query and update');
  }
  await (parameters.has('query') ? query : update)(doorway, req, res, parameters);
}

async function query(
  doorway: Doorway,
  req: Request,
  res: Exchange,
  parameters: URLSearchParams,
): Promise<void> {
  res.locals.reading = true;
  const text = textOf(doorway, parameters, 'query');
  const defaultGraphs = graphsOf(parameters, 'default-graph-uri');
  const namedGraphs = graphsOf(parameters, 'named-graph-uri');
  await answerQuery(doorway, req, res, {
    text,
    ...queryOptions(doorway, parameters),
    ...(defaultGraphs.length === 0 ? {} : { defaultGraphs }),
    ...(namedGraphs.length === 0 ? {} : { namedGraphs }),
  });
}

async function update(
  doorway: Doorway,
  _req: Request,
  res: Exchange,
  parameters: URLSearchParams,
): Promise<void> {
  const { service } = doorway;
  const text = textOf(doorway, parameters, 'update');
  const usingGraphs = graphsOf(parameters, 'using-graph-uri');
  const usingNamedGraphs = graphsOf(parameters, 'using-named-graph-uri');
  const { deadlineMs } = queryOptions(doorway, parameters);
  const answer = await service.update(contextOf(res), {
    text,
    ...(usingGraphs.length === 0 ? {} : { usingGraphs }),
    ...(usingNamedGraphs.length === 0 ? {} : { usingNamedGraphs }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  });
  showSeq(res, Math.max(answer.seq, service.seq));
  sendJson(res, 200, answer);
}

function textOf(doorway: Doorway, parameters: URLSearchParams, kind: 'query' | 'update'): string {
  const text = single(parameters, kind) ?? '';
  const { bytesMax, setting } = bodyLimits(doorway, kind);
  if (Buffer.byteLength(text) <= bytesMax) return text;
  throw new FabricError('body-too-large', `The ${kind} is longer than ${bytesMax} bytes (${setting})`, {
    extensions: { bytesMax, setting },
  });
}

function graphsOf(parameters: URLSearchParams, name: string): readonly string[] {
  const graphs = parameters.getAll(name);
  for (const graph of graphs) {
    // Spaces and angle brackets would break out of the IRI wherever it is written next.
    if (!/^[A-Za-z][A-Za-z0-9+.-]*:[^\u0000-\u0020<>"{}|^`\\]*$/.test(graph)) {
      throw new FabricError('request-invalid', `Parameter ${name} is not an absolute IRI`);
    }
  }
  return graphs;
}
