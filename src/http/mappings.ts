/**
 * Mappings of sources while the fabric runs: the one in force, another one in its place, and why a quad is
 * there. A mapping that cannot be used is refused with its line and column, and nothing has changed.
 */
import type { Request } from 'express';
import { z } from 'zod';
import { FabricError } from '../errors.ts';
import { MAPPING_FORMATS, type MappingFormat } from '../mapping/parse/syntax.ts';
import type { ReloadAnswer, SourceMapping } from '../service.ts';
import { bodyLimits, expectContentType, readJson, readText } from './body.ts';
import {
  contextOf,
  type Doorway,
  type Exchange,
  pathParameter,
  sendJson,
  sendText,
  showSeq,
} from './exchange.ts';
import { negotiate, type Offer } from './negotiate.ts';
import type { Route } from './route.ts';

const MATCHES_MAX = 100;

/** Body of a question why quads are there. */
export const quadQuestionSchema = z.strictObject({
  quad: z
    .string()
    .min(1)
    .max(100_000)
    .describe('A line of N-Quads, or subject, predicate, object and perhaps graph, with * for any.'),
  limit: z.int().min(1).max(MATCHES_MAX).default(10).describe('Quads that are explained at most.'),
});

const PATH = '/v1/sources/{name}/mapping';

export function mappingRoutes(doorway: Doorway): readonly Route[] {
  return [
    {
      method: 'get',
      path: PATH,
      handle: (req, res) => {
        show(doorway, req, res);
      },
    },
    { method: 'put', path: PATH, handle: (req, res) => replace(doorway, req, res) },
    {
      method: 'delete',
      path: PATH,
      handle: async (req, res) => {
        const name = pathParameter(req, 'name');
        answer(doorway, res, await doorway.service.reloadMapping(contextOf(res), name, undefined));
      },
    },
    {
      method: 'post',
      path: '/v1/mappings/explain',
      reading: true,
      handle: (req, res) => explain(doorway, req, res),
    },
  ];
}

const MEDIA_TYPES: Readonly<Record<MappingFormat, Offer<'text'>['mediaTypes']>> = {
  turtle: ['text/turtle'],
  yarrrml: ['application/yaml', 'text/yaml'],
};
const JSON_OFFER: Offer<'json'> = { name: 'json', mediaTypes: ['application/json'] };

function show({ service }: Doorway, req: Request, res: Exchange): void {
  const mapping: SourceMapping = service.mapping(contextOf(res), pathParameter(req, 'name'));
  // A mapping is given as it is written: what makes YARRRML of Turtle would make up a text.
  const offer: Offer<'text'> = { name: 'text', mediaTypes: MEDIA_TYPES[mapping.format] };
  const { name, mediaType } = negotiate(req, [offer, JSON_OFFER]);
  res.vary('Accept');
  res.setHeader('Mapping-Version', mapping.version);
  if (name === 'json') sendJson(res, 200, mapping);
  else sendText(res, 200, `${mediaType}; charset=utf-8`, mapping.text);
}

async function replace(doorway: Doorway, req: Request, res: Exchange): Promise<void> {
  const mediaType = expectContentType(req, Object.values(MEDIA_TYPES).flat());
  const format = MAPPING_FORMATS.find((each) => MEDIA_TYPES[each].includes(mediaType))!;
  const text = await readText(req, bodyLimits(doorway, 'document'));
  const name = pathParameter(req, 'name');
  answer(doorway, res, await doorway.service.reloadMapping(contextOf(res), name, text, format));
}

function answer({ service }: Doorway, res: Exchange, reloaded: ReloadAnswer): void {
  showSeq(res, service.seq);
  res.setHeader('Mapping-Version', reloaded.version);
  sendJson(res, 200, reloaded);
}

async function explain(doorway: Doorway, req: Request, res: Exchange): Promise<void> {
  expectContentType(req, ['application/json']);
  const result = quadQuestionSchema.safeParse(await readJson(req, bodyLimits(doorway, 'document')));
  if (!result.success) {
    const errors = result.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
    const said = errors.map(({ path, message }) => `${path || 'the body'}: ${message}`).join('; ');
    throw new FabricError('request-invalid', `The question is invalid: ${said}`, { extensions: { errors } });
  }
  const explained = doorway.service.explainQuads(contextOf(res), result.data.quad, result.data.limit);
  showSeq(res, explained.seq);
  sendJson(res, 200, explained);
}
