/**
 * The door for records: `POST /v1/ingest/{source}` hands the body on as it arrives and tells what became of
 * it once all of that is durable. Good records beside bad ones are taken; the answer names the bad ones.
 */
import type { Request } from 'express';
import type { FabricError } from '../errors.ts';
import type { IngestReport, RecordOutcome } from '../service.ts';
import { reportToJson } from '../validation/report.ts';
import { bodyChunks, bodyLimits, contentTypeOf } from './body.ts';
import {
  contextOf,
  type Doorway,
  type Exchange,
  pathParameter,
  sendJson,
  sendProblem,
  showSeq,
} from './exchange.ts';
import { problemDocument, problemOf } from './problem.ts';
import type { Route } from './route.ts';

const USUAL_TYPES = ['application/json', 'application/x-ndjson', 'text/csv', 'application/ld+json'];

export function ingestRoutes(doorway: Doorway): readonly Route[] {
  return [{ method: 'post', path: '/v1/ingest/{source}', handle: (req, res) => ingest(doorway, req, res) }];
}

async function ingest(doorway: Doorway, req: Request, res: Exchange): Promise<void> {
  const { service, count } = doorway;
  const source = pathParameter(req, 'source');
  const { essence } = contentTypeOf(req, USUAL_TYPES);
  const body = bodyChunks(req, bodyLimits(doorway, 'records'));
  const report = await service.ingest(contextOf(res), source, body, essence);
  for (const status of COUNTED) count('ingest', { source, status }, report[status]);
  if (report.seq > 0) showSeq(res, Math.max(report.seq, service.seq));
  answer(res, report);
}

const COUNTED = ['accepted', 'unchanged', 'stale', 'quarantined', 'refused'] as const;

/** 202 when all is well, 207 with the report when some is not, the problem itself when nothing could be read. */
function answer(res: Exchange, report: IngestReport): void {
  const counts = {
    received: report.received,
    ...Object.fromEntries(COUNTED.map((status) => [status, report[status]])),
  };
  const { seq, diagnostics } = report;
  const taken = report.accepted + report.unchanged + report.stale;
  if (report.refused + report.quarantined === 0) {
    sendJson(res, 202, { seq, counts, diagnostics, problems: report.problems.map(outcomeJson) });
    return;
  }
  const detail = { seq, counts, diagnostics, problems: report.problems.map(outcomeJson) };
  const refusal = taken + report.quarantined === 0 ? firstProblem(report) : undefined;
  if (!refusal) {
    sendJson(res, 207, detail);
    return;
  }
  const problem = problemOf(refusal, { requestId: res.locals.requestId });
  sendProblem(res, { ...problem, document: { ...problem.document, report: detail } });
}

function firstProblem(report: IngestReport): FabricError | undefined {
  return report.problems.find(({ problem }) => problem !== undefined)?.problem;
}

/** What became of a record, as JSON. */
function outcomeJson(outcome: RecordOutcome): object {
  const { problem, report, ...rest } = outcome;
  return {
    ...rest,
    ...(problem === undefined ? {} : { problem: problemDocument(problem) }),
    ...(report === undefined ? {} : { report: reportToJson(report) }),
  };
}
