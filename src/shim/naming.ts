/**
 * Names and labels that orchestrators accept, from IRIs that they do not.
 *
 * Names are a function of service and component alone, so that every decision finds what an earlier one
 * made; a digest of the originals keeps two different originals from ever sharing a name.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../rdf/canonical-json.ts';
import type { AllocationToRun, Json } from './shim.ts';

/** Who stands in `managed-by` labels. */
export const MANAGED_BY = 'continuum-fabric';

/** Labels by which a shim finds its own things again. Docker takes the values as they are. */
export const LABEL = {
  service: 'continuum-fabric/service',
  component: 'continuum-fabric/component',
  /** The decision that created the thing; a later one that changes nothing leaves it. */
  decision: 'continuum-fabric/decision',
  element: 'continuum-fabric/element',
  /** Digest of what was asked for: another digest means replace. */
  spec: 'continuum-fabric/spec',
} as const;

/** The part of an IRI or a name after its last `#`, `/` or `:`. */
export function localName(name: string): string {
  return /[^#/:]+$/.exec(name)?.[0] ?? name;
}

/**
 * A DNS label (RFC 1035: letters, digits and dashes, a letter first, 63 at most) for a component.
 * It is valid wherever Kubernetes wants a name, and as the name of a container.
 */
export function objectName(service: string, component: string): string {
  const readable = `${localName(service)}-${localName(component)}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 54)
    .replace(/-+$/, '');
  return `${readable === '' ? 'c' : readable}-${sha256(`${service}\n${component}`).slice(0, 8)}`;
}

/** A Kubernetes label value (63 at most of letters, digits, `-`, `_`, `.`) that stands for `text`. */
export function labelValue(text: string): string {
  if (/^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(text)) return text;
  const readable = localName(text)
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 54);
  return `${readable}${readable === '' ? '' : '-'}${sha256(text).slice(0, 8)}`;
}

/** Digest of a JSON value that does not depend on the order of members; 40 hexadecimal digits. */
export function digest(value: Json): string {
  return sha256(canonicalJson(value)).slice(0, 40);
}

/** One sentence for people. */
export function describeAllocation({ component, element, service }: AllocationToRun): string {
  const what = component.isJob ? 'job' : 'component';
  return `Run ${what} ${component.name} of ${service} (${component.image}) on ${element.hostname}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
