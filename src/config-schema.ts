/**
 * The schema of the settings: each with its unit, a default and a reason.
 */
import { z } from 'zod';

const positive = (value: number, reason: string) => z.int().positive().default(value).describe(reason);

const policy = z.enum(['reject', 'quarantine', 'annotate']);

const sourceBase = {
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'is letters, digits, dot, dash and underscore, 64 at most')
    .describe('Name of the source, as it stands in addresses and record graphs.'),
  mapping: z.string().describe('RML document: a path, or the name of a shipped one such as `ngsi-ld`.'),
  precedence: z
    .int()
    .default(0)
    .describe('When two records state one functional property, the higher precedence wins.'),
  policy: policy
    .default('quarantine')
    .describe(
      'What happens to a record that breaks a shape: refuse it, keep it aside, or accept and annotate.',
    ),
  ttlSeconds: z
    .int()
    .positive()
    .optional()
    .describe('A record that was not seen for this long is deleted; absent: records stay.'),
};

const recordShape = {
  format: z
    .enum(['json', 'ngsi-ld', 'hlo-candidates'])
    .default('json')
    .describe(
      'How a body is taken apart: plain records; NGSI-LD entities in any representation; aerOS HLO candidate sets with embedded entities.',
    ),
  split: z
    .string()
    .optional()
    .describe(
      'JSONPath (RFC 9535) to the records in a JSON document; absent: an array is its items, an object is one record.',
    ),
  key: z
    .string()
    .optional()
    .describe(
      'Member (dotted path), or several with blanks between, whose values identify a record; absent: the whole document is one record with the name of the source as its key.',
    ),
  observedAt: z
    .string()
    .optional()
    .describe('Member (dotted path) that holds the time of observation, ISO 8601.'),
  op: z
    .enum(['replace', 'merge'])
    .default('replace')
    .describe('Whether a record states all of its members or only those to overwrite.'),
  coordinateOrder: z
    .enum(['lon-lat', 'lat-lon'])
    .default('lon-lat')
    .describe('Order of GeoJSON coordinates; aerOS HLO samples swap them.'),
};

const source = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('http'), ...sourceBase, ...recordShape }),
  z.strictObject({
    kind: z.literal('mqtt'),
    ...sourceBase,
    ...recordShape,
    url: z
      .string()
      .regex(/^(mqtts?|wss?):\/\//)
      .describe('Address of the broker.'),
    topics: z.array(z.string().min(1)).min(1).describe('Topic filters to subscribe to, QoS 1.'),
    keyFromTopic: z
      .int()
      .nonnegative()
      .optional()
      .describe('Level of the topic (from 0) that identifies the record, in place of `key`.'),
    username: z.string().optional(),
    passwordFile: z.string().optional().describe('File that holds the password.'),
    inFlightMax: positive(256, 'Messages that may wait for their fsync; beyond it the broker waits.'),
  }),
]);

export type SourceConfig = z.infer<typeof source>;

export const configSchema = z.strictObject({
  server: z
    .strictObject({
      host: z.string().default('127.0.0.1').describe('Address to bind; beyond loopback a token is needed.'),
      port: z.int().min(0).max(65535).default(8780).describe('TCP port; 0 takes a free one.'),
      allowedHosts: z
        .array(z.string())
        .default([])
        .describe('Host names that a request may be addressed to beside loopback names (DNS rebinding).'),
      allowedOrigins: z.array(z.string()).default([]).describe('Web origins that may write.'),
      token: z
        .string()
        .min(16)
        .optional()
        .describe(
          'Bearer token that every request must carry, but for /livez and /readyz; also by FABRIC_SERVER_TOKEN_FILE.',
        ),
      bodyBytesMax: positive(10 * 1024 * 1024, 'A body of one request; a larger one answers 413.'),
      ingestBodyBytesMax: positive(256 * 1024 * 1024, 'A body of records, read as a stream.'),
      jsonDepthMax: positive(64, 'Nesting of JSON; deeper input is an attack on the stack.'),
      drainSeconds: positive(10, 'How long requests may take to finish after SIGTERM.'),
    })
    .prefault({}),
  baseIri: z
    .url()
    .regex(/[/#]$/, 'ends in / or #')
    .optional()
    .describe('Base of minted IRIs, used when the data directory is made; it then stays for good.'),
  writer: z
    .strictObject({
      queueLengthMax: positive(20_000, 'Changes that may wait; beyond it writers get 429.'),
      groupLengthMax: positive(
        256,
        'Changes that share one fsync: enough to amortise it, small enough to answer soon.',
      ),
      loadQuadsMax: positive(
        5_000,
        'Quads of one change of a bulk load, about: enough to amortise it, small enough to let others in between.',
      ),
      tailChangesMax: positive(
        500_000,
        'Changes not yet checkpointed; beyond it writers get 429, so that a restart stays bounded.',
      ),
      tailBytesMax: positive(
        512 * 1024 * 1024,
        'Bytes of log not yet checkpointed; beyond it writers get 429: a restart reads them all.',
      ),
      sampleFlushMs: positive(
        1000,
        'How long samples of durability `memory` wait before they are logged; a crash loses no more than this.',
      ),
      samplesMax: positive(
        100_000,
        'Subjects and predicates with a sample that waits; beyond it samples are logged at once.',
      ),
    })
    .prefault({}),
  log: z
    .strictObject({
      segmentBytes: z
        .int()
        .min(64 * 1024)
        .default(16 * 1024 * 1024)
        .describe('Size of a preallocated segment file.'),
      retentionBytes: positive(
        1024 * 1024 * 1024,
        'Log kept for reading the past; never below the last checkpoint.',
      ),
      retentionDays: positive(7, 'Log older than this goes, as soon as it is checkpointed.'),
    })
    .prefault({}),
  checkpoint: z
    .strictObject({
      intervalSeconds: positive(30, 'Longest time between checkpoints while there are changes.'),
      changesMax: positive(
        50_000,
        'A checkpoint starts after this many changes even before its time: many, as what changed again is written once.',
      ),
      dutyRatio: z
        .number()
        .gt(0)
        .max(1)
        .default(0.25)
        .describe(
          'Share of time that a running checkpoint may take; it takes more as the tail nears its bound.',
        ),
    })
    .prefault({}),
  image: z
    .strictObject({
      mergeDutyRatio: z
        .number()
        .gt(0)
        .max(1)
        .default(0.5)
        .describe('Share of time that a merge of changes into the sorted columns may take while it runs.'),
      fileQuadsMin: positive(
        10_000,
        'The image is kept as a file, for the next start, from so many quads on; fewer are read in no time.',
      ),
    })
    .prefault({}),
  records: z
    .strictObject({
      futureToleranceSeconds: positive(
        300,
        'An observation later than this is clipped to the time of receipt.',
      ),
      tombstoneSeconds: positive(
        86_400,
        'How long a delete is remembered, so that late arrivals do not resurrect.',
      ),
      termLengthMax: z
        .int()
        .positive()
        .max(1_679_615)
        .default(1_000_000)
        .describe('Characters of one term; the store cannot hold more than 1 679 615.'),
      deadLettersMax: positive(10_000, 'Unreadable inputs that are remembered; the oldest go first.'),
      quarantineMax: positive(10_000, 'Refused records that are kept aside; the oldest go first.'),
      joinedMax: positive(
        1000,
        'Records that follow a record that they join with in its own change; the others follow in later ones.',
      ),
    })
    .prefault({}),
  secrets: z
    .strictObject({
      members: z
        .array(z.string())
        .default([
          'repoPassword',
          'userPassword',
          'password',
          'passwd',
          'secret',
          'clientSecret',
          'token',
          'accessToken',
          'refreshToken',
          'apiKey',
          'privateKey',
          'credentials',
        ])
        .describe('Members (any case, any depth) whose values are cut out before anything is kept.'),
      publicEnv: z
        .array(z.string())
        .default([])
        .describe('Names of environment variables whose values may be kept.'),
    })
    .prefault({}),
  query: z
    .strictObject({
      deadlineMs: positive(30_000, 'Time for a query that does not ask for another.'),
      deadlineMsMax: positive(120_000, 'Longest time that a query may ask for.'),
      planMs: positive(
        500,
        'Time for which a query is computed at one go, while nothing else is answered; a longer one is begun anew by the general engine, which is slower and gives way.',
      ),
      rowsMax: positive(100_000, 'Rows or triples of an answer.'),
      textBytesMax: positive(64 * 1024, 'Length of a query.'),
      updateTextBytesMax: positive(8 * 1024 * 1024, 'Length of an update, which may carry data.'),
      concurrentMax: positive(8, 'Queries that run at once; beyond it the answer is 503.'),
    })
    .prefault({}),
  feed: z
    .strictObject({
      subscribersMax: positive(64, 'Followers of the changes at once; beyond it the answer is 503.'),
      bufferChangesMax: positive(
        10_000,
        'Newest changes held for all followers; one that lags further is told to resume from its place.',
      ),
      bufferBytesMax: positive(
        16 * 1024 * 1024,
        'About what these changes may take in memory, and what one follower may read of the past at one go.',
      ),
      heartbeatSeconds: positive(15, 'Longest silence of a stream; proxies cut what is silent for longer.'),
      stalledSeconds: positive(30, 'A client that takes nothing of its stream for so long is cut off.'),
      retryMs: positive(1000, 'After which time a client that lost its stream is asked to come back.'),
    })
    .prefault({}),
  readers: z
    .strictObject({
      heldSecondsMax: positive(
        300,
        'A state that a reader holds for longer is taken from it, so that the memory of old states comes back; more than any query may take.',
      ),
    })
    .prefault({}),
  placement: z
    .strictObject({
      freshnessSeconds: positive(
        60,
        'An element that did not report for this long is not a candidate, unless the request says otherwise.',
      ),
      reservationSeconds: positive(
        300,
        'How long a placement holds what it took before it must be renewed or is released.',
      ),
      constraintDeadlineMs: positive(
        10_000,
        'Time for one constraint or objective; a careless file must not hold the service.',
      ),
      componentsMax: positive(32, 'Components of one request.'),
      searchStepsMax: positive(20_000, 'Steps of the search for a joint placement.'),
      decisionsDays: positive(
        30,
        'A decision that holds nothing any more is kept for this long, with its idempotency key.',
      ),
      retriesMax: positive(5, 'How often a decision is made anew when the state moved meanwhile.'),
      folders: z
        .array(z.string())
        .default([])
        .describe(
          'Folders of further constraint and objective files (`constraints/*.rq`, `objectives/*.rq`), watched for changes.',
        ),
    })
    .prefault({}),
  mapping: z
    .strictObject({
      functions: z
        .string()
        .optional()
        .describe(
          'ES module with functions that mappings may call beside the built-in ones; it exports an array `functions`.',
        ),
      functionTimeoutMs: positive(
        1000,
        'How long one call of such a function may take; a function that never returns costs one value.',
      ),
    })
    .prefault({}),
  sources: z
    .array(source)
    .default([])
    .describe('Sources beside the shipped ones; one of the same name replaces a shipped one.'),
  contexts: z
    .record(z.string(), z.string())
    .default({})
    .describe(
      'JSON-LD contexts beside the shipped ones: the address by which bodies name one, and its file.',
    ),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

export type Config = z.infer<typeof configSchema>;
