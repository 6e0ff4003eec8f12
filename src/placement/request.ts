/**
 * The body of `POST /v1/placements`: what is asked for, checked once and then trusted.
 *
 * Short names become IRIs here and lists are lists, so that nothing behind this module reads spellings.
 * Nothing is dropped: an unknown member is an error that names the nearest known one.
 */
import { z } from 'zod';
import { FabricError, nearest } from '../errors.ts';
import { type Area, parseArea } from './area.ts';
import { type Enumeration, expandCurie, isAbsoluteIri, resolveIndividual } from './enumerations.ts';

/** Most alternatives that one request may ask for. */
const LIMIT_MAX = 100;
/** Longest reservation, a day. */
const RESERVATION_SECONDS_MAX = 86_400;

const amount = z.number().nonnegative().max(Number.MAX_SAFE_INTEGER);
const wholeAmount = z.int().nonnegative();
const ratio = z.number().min(0).max(1);

const iri = z
  .string()
  .max(4096)
  .transform((text, context): string => {
    const found = expandCurie(text) ?? (isAbsoluteIri(text) ? text : undefined);
    if (found !== undefined) return found;
    context.addIssue({ code: 'custom', message: `"${text}" is not an absolute IRI` });
    return z.NEVER;
  });

const individual = (enumeration: Enumeration) =>
  z
    .string()
    .max(4096)
    .transform((text, context): string => {
      const resolved = resolveIndividual(enumeration, text);
      if (resolved.ok) return resolved.iri;
      context.addIssue({ code: 'custom', message: resolved.message });
      return z.NEVER;
    });

/** One or several; the element has to be one of them. */
const oneOrMore = <S extends z.ZodType<string, string>>(item: S, what: string) =>
  z
    .union([item.transform((one): string[] => [one]), z.array(item).min(1).max(10_000)])
    .optional()
    .describe(what);

const area = z
  .union([z.string().max(1_000_000), z.looseObject({ type: z.string() })])
  .transform((value, context): Area => {
    const parsed = parseArea(value);
    if (parsed.ok) return parsed.area;
    context.addIssue({ code: 'custom', message: `The area ${parsed.message}` });
    return z.NEVER;
  });

const latency = z.strictObject({
  to: iri.describe('Element or domain that has to be near.'),
  msMax: amount.describe('Milliseconds along the shortest path, at most.'),
});

const requirementsSchema = z.strictObject({
  cpuMillicores: wholeAmount.optional().describe('Free CPU, thousandths of a core; claimed.'),
  memoryBytes: wholeAmount.optional().describe('Free memory; claimed.'),
  diskBytes: wholeAmount.optional().describe('Free disk; claimed.'),
  gpuRequired: z.boolean().optional().describe('Needs a GPU; the same as `gpuCount: 1`.'),
  gpuCount: wholeAmount.optional().describe('Free GPUs; claimed.'),
  gpuMemoryBytes: wholeAmount.optional().describe('Memory of the GPUs of the element; implies one GPU.'),
  cpuArchitecture: oneOrMore(individual('CpuArchitecture'), 'x86_64, arm64, ... or an IRI.'),
  operatingSystem: oneOrMore(individual('OperatingSystem'), 'Linux, Windows, ... or an IRI.'),
  containerTechnology: oneOrMore(
    individual('ContainerTechnology'),
    'Kubernetes, K3s, Docker, ... or an IRI; a compatible one will do.',
  ),
  realTime: z.boolean().optional().describe('Needs an element that is capable of real time.'),
  domains: oneOrMore(iri, 'Domains or regions, one of which the element has to be in.'),
  area: area.optional().describe('GeoJSON Polygon or MultiPolygon, or WKT; longitude first.'),
  tiers: oneOrMore(individual('InfrastructureElementTier'), 'Cloud, Edge, FarEdge, IoT, ...'),
  statuses: z
    .union([oneOrMore(individual('InfrastructureElementStatus'), ''), z.null()])
    .describe('Statuses that will do; `Ready` if absent, null for any.'),
  trustScoreMin: ratio.optional(),
  energyEfficiencyRatioMin: ratio.optional(),
  greenEnergyRatioMin: ratio.optional(),
  carbonIntensityGramsPerKilowattHourMax: amount.optional(),
  pricePerHourEuroMax: amount.optional(),
  cpuUsageRatioMax: ratio.optional().describe('The CPU of the element is used by this much at most.'),
  latency: z
    .union([latency.transform((one) => [one]), z.array(latency).min(1).max(32)])
    .optional()
    .describe('Shortest path to an element or a domain, one or several.'),
  freshnessSeconds: z
    .union([z.number().positive().max(31_536_000), z.null()])
    .optional()
    .describe('The element reported within this time; null switches this off.'),
  elements: oneOrMore(iri, 'The only elements to choose from.'),
});

const port = z.strictObject({
  number: z.int().min(1).max(65_535),
  protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP'),
});

const environmentVariable = z
  .strictObject({
    name: z.string().min(1).max(1024),
    value: z.string().max(1_000_000).optional(),
    secretRef: z.string().min(1).max(1024).optional(),
  })
  .refine((variable) => variable.value === undefined || variable.secretRef === undefined, {
    message: 'has both a value and a secretRef',
  });

const componentSchema = z.strictObject({
  name: z
    .string()
    .regex(
      /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/,
      'is letters, digits, dot, dash, underscore; 63 at most',
    ),
  id: iri.optional().describe('IRI of the component; made from that of the service if absent.'),
  image: z.string().min(1).max(4096).optional(),
  ports: z.array(port).max(1000).default([]),
  env: z.array(environmentVariable).max(1000).default([]).describe('Values are never kept.'),
  args: z.array(z.string().max(65_536)).max(1000).default([]),
  isJob: z.boolean().default(false),
  secretRef: z.string().min(1).max(1024).optional().describe('Credentials of the image registry.'),
  requirements: requirementsSchema.prefault({}),
});

const serviceSchema = z.union([
  z
    .string()
    .min(1)
    .max(255)
    .transform((text) => (isIriOfService(text) ? { id: text, name: text } : { name: text })),
  z.strictObject({ id: iri.optional(), name: z.string().min(1).max(255) }),
]);

/** A name may hold a colon, so that only the schemes in use for services count. */
function isIriOfService(text: string): boolean {
  return /^(urn|https?):/.test(text) && isAbsoluteIri(text);
}

const placementRequestSchema = z.strictObject({
  service: serviceSchema
    .prefault('service')
    .describe('The service: its name or IRI, or both as name and id.'),
  components: z.array(componentSchema).min(1).max(1000).describe('Placed together or not at all.'),
  weights: z
    .record(z.string().min(1), amount)
    .optional()
    .describe('Weights of objectives by name or IRI; absent: those of the objective files.'),
  dryRun: z.boolean().default(false).describe('Decides and claims nothing.'),
  limit: z.int().min(1).max(LIMIT_MAX).default(1).describe('How many ranked ways to give.'),
  explain: z.enum(['none', 'summary', 'full']).default('none'),
  idempotencyKey: z.string().min(1).max(255).optional(),
  reservationSeconds: z.number().positive().max(RESERVATION_SECONDS_MAX).optional(),
});

type ParsedRequest = z.output<typeof placementRequestSchema>;
export type PlacementRequest = Readonly<ParsedRequest>;
export type ComponentRequest = PlacementRequest['components'][number];
export type Requirements = ComponentRequest['requirements'];

/**
 * Checks and resolves a request.
 *
 * @throws FabricError `request-invalid` with `errors: [{ path, message }]`, one for each wrong member
 */
export function parsePlacementRequest(json: unknown): PlacementRequest {
  const result = placementRequestSchema.safeParse(json);
  if (!result.success) throw invalid(result.error.issues.flatMap((issue) => errorsOf(issue, [])));
  const names = new Set<string>();
  for (const [index, { name }] of result.data.components.entries()) {
    if (names.has(name)) {
      throw invalid([{ path: `components.${index}.name`, message: `The name "${name}" is given twice` }]);
    }
    names.add(name);
  }
  return { ...result.data, components: result.data.components.map((component) => normalise(component)) };
}

/** The schema of the body as JSON Schema (2020-12). */
export function placementRequestJsonSchema(): object {
  return z.toJSONSchema(placementRequestSchema, { io: 'input', unrepresentable: 'any' });
}

/** One wish said in several ways is one wish behind this point. */
function normalise(component: ComponentRequest): ComponentRequest {
  const { gpuRequired, realTime, ...requirements } = component.requirements;
  const needsGpu = gpuRequired === true || (requirements.gpuMemoryBytes ?? 0) > 0;
  const gpuCount = Math.max(requirements.gpuCount ?? 0, needsGpu ? 1 : 0);
  const { gpuCount: _, ...rest } = requirements;
  return {
    ...component,
    requirements: {
      ...rest,
      ...(gpuCount > 0 ? { gpuCount } : {}),
      ...(realTime === true ? { realTime } : {}),
    },
  };
}

interface RequestError {
  readonly path: string;
  readonly message: string;
}

function invalid(errors: readonly RequestError[]): FabricError {
  const said = errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  return new FabricError('request-invalid', `The placement request is invalid: ${said.join('; ')}`, {
    extensions: { errors },
  });
}

function errorsOf(issue: z.core.$ZodIssue, parent: readonly PropertyKey[]): RequestError[] {
  const path = [...parent, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const known = knownMembers(path);
    return issue.keys.map((key) => {
      const near = nearest(key, known);
      return {
        path: [...path, key].join('.'),
        message: `is not a member${near === undefined ? '' : `; did you mean ${near}?`}`,
      };
    });
  }
  if (issue.code === 'invalid_union') {
    // The branch that came furthest says best what is wrong; of equals the one that says more than the type.
    const branches = issue.errors.map((branch) => branch.flatMap((inner) => errorsOf(inner, path)));
    const [best] = branches.toSorted(
      (x, y) => depth(y) - depth(x) || Number(isOfType(x)) - Number(isOfType(y)),
    );
    if (best && (depth(best) > path.length || !isOfType(best))) return best;
    const expected = [...new Set(branches.flat().map(({ message }) => message))].join(' or ');
    return [{ path: path.join('.'), message: expected || issue.message }];
  }
  return [{ path: path.join('.'), message: issue.message }];
}

function depth(errors: readonly RequestError[]): number {
  return Math.max(...errors.map(({ path }) => path.split('.').length));
}

/** Whether all that is said is that a value of another type belongs there. */
function isOfType(errors: readonly RequestError[]): boolean {
  return errors.every(({ message }) => message.startsWith('Invalid input'));
}

/** The members of the object at a path of the schema. */
function knownMembers(path: readonly PropertyKey[]): string[] {
  const last = path.filter((part) => typeof part === 'string').at(-1);
  const shapes: Record<string, object> = {
    components: componentSchema.shape,
    requirements: requirementsSchema.shape,
    ports: port.shape,
    env: environmentVariable.shape,
    latency: latency.shape,
    service: { id: 0, name: 0 },
  };
  return Object.keys((last === undefined ? placementRequestSchema.shape : shapes[last]) ?? {});
}
