/** A decision as people read it: where each component goes and why, and why the others were not taken. */
import type { Decision, Rejection } from '../placement/decision.ts';
import { table } from './terminal.ts';

/** A decision with the rejections that came with it, where they were asked for. */
export type ShownDecision = Decision & { readonly rejections?: readonly Rejection[] };

export function describeDecision(decision: ShownDecision): string {
  return [
    `${decision.outcome}: service ${decision.service}, decided on change ${decision.basedOn}${decision.dryRun ? ' (dry run)' : ''}`,
    `  ${decision.id}`,
    ...decision.reasons.map((reason) => `  ${reason.message}`),
    ...allocations(decision),
    ...summaries(decision),
    ...(decision.rejections ?? []).flatMap(describeRejection),
    ...decision.notes.map((note) => `note: ${note}`),
  ].join('\n');
}

function allocations(decision: Decision): string[] {
  if (decision.allocations.length === 0) return [];
  const rows = decision.allocations.map((allocation) => [
    allocation.component,
    allocation.element.hostname ?? allocation.element.id,
    short(allocation.element.domain ?? ''),
    allocation.score.toFixed(3),
    allocation.shares.map((share) => `${share.name} ${share.share.toFixed(3)}`).join(', '),
  ]);
  const held = decision.expiresAt === undefined ? [] : [`held until ${decision.expiresAt}`];
  return ['', table(['component', 'element', 'domain', 'score', 'shares'], rows), ...held];
}

function summaries(decision: Decision): string[] {
  return (decision.summary ?? []).flatMap((summary) => [
    '',
    `${summary.component}: ${summary.candidates} of ${summary.elements} elements fit`,
    ...(summary.constraints.length === 0
      ? []
      : [
          table(
            ['constraint', 'violated', 'not proven'],
            summary.constraints.map((count) => [count.name, String(count.violated), String(count.notProven)]),
          ),
        ]),
    ...(summary.nearestMisses.length === 0 ? [] : ['nearest misses:']),
    ...summary.nearestMisses.flatMap((miss) => [
      `  ${short(miss.element)}`,
      ...miss.violations.map((violation) => `    ${violation.name}: ${violation.message}`),
    ]),
  ]);
}

function describeRejection(rejection: Rejection): string[] {
  return [
    '',
    `${rejection.component} not on ${short(rejection.element)}`,
    ...rejection.violations.flatMap((violation) => [
      `  ${violation.name}: ${violation.message}`,
      ...violation.triples.map((triple) => `    ${triple}`),
    ]),
  ];
}

/** The end of an IRI, which is what people know an element by. */
const short = (iri: string): string => iri.replace(/^urn:ngsi-ld:/, '').replace(/^https?:.*[/#]/, '');
