/** Another mapping for a source when something fails on the way: nothing of it may be left. */
import { deepEqual, equal, notEqual, rejects } from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import { loadConfig } from '../../src/config.ts';
import { FabricError } from '../../src/errors.ts';
import type { Change } from '../../src/log/change.ts';
import { MemoryLog } from '../../src/log/memory-log.ts';
import { GraphNames } from '../../src/rdf/graphs.ts';
import { literal, namedNode, quad } from '../../src/rdf/terms.ts';
import { type GivenMapping, Reloads } from '../../src/service/reloads.ts';
import { Remapper } from '../../src/service/remap.ts';
import { Sources } from '../../src/service/sources.ts';
import { Image } from '../../src/store/image/image.ts';
import { RecordJoins } from '../../src/write/record-joins.ts';
import { RecordStore } from '../../src/write/record-store.ts';
import { readProgress } from '../../src/write/source-progress.ts';
import { Writer } from '../../src/write/writer.ts';

const mapping = (property: string): string => `@prefix rml: <http://w3id.org/rml/> .
@prefix cf: <https://w3id.org/continuum-fabric/ns#> .
<#thing> rml:logicalSource [ rml:source [ a cf:Records ] ; rml:referenceFormulation rml:JSONPath ] ;
  rml:subjectMap [ rml:template "http://ex.org/{id}" ] ;
  rml:predicateObjectMap [ rml:predicate <http://ex.org/${property}> ; rml:objectMap [ rml:reference "v" ] ] .
`;
const turtle = (property: string): GivenMapping => ({ text: mapping(property), format: 'turtle' });

/** A log that fails from when it is told to. */
class FailingLog extends MemoryLog {
  fails = false;

  override append(changes: readonly Change[]): Promise<void> {
    if (this.fails) return Promise.reject(new FabricError('log-unavailable', 'The log failed: EIO'));
    return super.append(changes);
  }
}

/** The parts of a fabric that a reload moves, and what is kept of mappings. */
function setUp() {
  const graphs = new GraphNames('https://fabric.example/');
  const log = new FailingLog();
  const image = new Image({ graphs });
  const records = new RecordStore();
  const writer = new Writer({
    ...{ log, image, records, queueLengthMax: 100, groupLengthMax: 10 },
    now: () => Date.parse('2026-03-01T12:00:00Z'),
    yieldTurn: () => setImmediate(),
    onChange: () => undefined,
    admit: () => undefined,
  });
  const overrides = {
    sources: [{ name: 'things', kind: 'http', format: 'json', key: 'id', mapping: 'configured' }],
  };
  const sources = new Sources(loadConfig({ overrides }).sources, {
    readMapping: (path) => ({ name: path, path, text: mapping('configured') }),
    givenMapping: () => undefined,
    digest: (text) => text,
    ...{ salt: '', functions: [], baseIRI: graphs.base },
  });
  const joins = new RecordJoins({
    ...{ records, rules: sources.rules.bind(sources) },
    onRefusal: () => undefined,
  });
  const remapper = new Remapper({
    ...{ sources, graphs, groupLength: 10, logger: pino({ level: 'silent' }) },
    state: { writer, image, records, checkpointer: { run: () => Promise.resolve() } },
    intake: { restated: () => Promise.resolve({ added: [], removed: [] }) },
    sleep: async () => setImmediate(),
  });
  const kept: { given: GivenMapping | undefined } = { given: undefined };
  const hooks = { written: (): Promise<void> => Promise.resolve() };
  const home = {
    write: async (_: string, given: GivenMapping) => {
      kept.given = { text: given.text, format: given.format };
      await hooks.written();
    },
    remove: async () => {
      kept.given = undefined;
      await setImmediate();
    },
  };
  const reloads = new Reloads({ sources, joins, remapper, home, state: { writer } });
  const progress = () => {
    using snapshot = image.snapshot();
    return readProgress(snapshot.view, graphs, 'things');
  };
  return { log, writer, sources, reloads, kept, hooks, progress };
}

type Parts = ReturnType<typeof setUp>;

/** What can go wrong, and whether the log still says how far the source is. */
const FAILURES: readonly {
  readonly what: string;
  readonly arm: (parts: Parts) => void;
  readonly type: string;
  readonly logs: boolean;
}[] = [
  {
    what: 'the log fails at the change',
    arm: ({ log }) => {
      log.fails = true;
    },
    type: 'log-unavailable',
    logs: true,
  },
  {
    what: 'the log fails at the change of somebody else when the text is kept',
    arm: ({ log, writer, hooks }) => {
      hooks.written = async () => {
        hooks.written = () => Promise.resolve();
        log.fails = true;
        const added = [quad(namedNode('urn:s'), namedNode('urn:p'), literal('x'))];
        const cause = { kind: 'update', principal: 'p', tenant: 'default' } as const;
        const other = writer.submit(() => ({
          draft: { cause, added, removed: [] },
          answer: () => undefined,
        }));
        await rejects(other, { type: 'log-unavailable' });
      };
    },
    type: 'log-unavailable',
    logs: false,
  },
  {
    what: 'the text cannot be kept',
    arm: ({ hooks }) => {
      hooks.written = () => {
        hooks.written = () => Promise.resolve();
        return Promise.reject(new FabricError('data-directory-unusable', 'The disk is full'));
      };
    },
    type: 'data-directory-unusable',
    logs: true,
  },
];

describe('another mapping for a source', () => {
  it('is logged before it is kept', async () => {
    const { reloads, kept, hooks, progress, sources } = setUp();
    let seen: string | undefined;
    hooks.written = async () => {
      seen = progress().remapVersion;
      await setImmediate();
    };
    const { version } = await reloads.reload('things', turtle('new'));
    equal(seen, version);
    deepEqual(kept.given, turtle('new'));
    equal(sources.get('things').rules.mappingVersion, version);
  });

  for (const { what, arm, type, logs } of FAILURES) {
    for (const given of [undefined, turtle('earlier')]) {
      it(`leaves ${given ? 'an earlier one' : 'the configured one'} in force where ${what}`, async () => {
        const parts = setUp();
        const { reloads, kept, sources, progress } = parts;
        if (given) await reloads.reload('things', given);
        const before = [sources.get('things').rules.mappingVersion, progress()] as const;
        arm(parts);
        await rejects(reloads.reload('things', turtle('new')), { type });
        deepEqual(kept.given, given);
        equal(sources.get('things').rules.mappingVersion, before[0]);
        // A version in the log that is not the one that is kept makes the next start map all records again.
        if (logs) deepEqual(progress(), before[1]);
        else notEqual(progress().remapVersion, before[0]);
      });
    }
  }
});
