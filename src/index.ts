/**
 * The public interface for programs that embed a fabric: open one, use it as the doors do, close it; or use the
 * mapping engine alone. What is not exported here may change at any time.
 */
export type { Authorize } from './authorize.ts';
export { type Config, type ConfigInput, configJsonSchema, loadConfig, type SourceConfig } from './config.ts';
export { FabricError, PROBLEM_NS, PROBLEMS, type ProblemType } from './errors.ts';
export { type FabricOptions, openFabric } from './fabric.ts';
export { type Emitted, mapSources } from './mapping/execute/batch.ts';
export type { RunMappingOptions } from './mapping/execute/reading.ts';
export type { Delta, LiveEffect, LiveMapper, RecordId } from './mapping/live/live.ts';
export { LiveMapping, type LiveMappingOptions } from './mapping/live/live-mapping.ts';
export { type LineDelta, type LiveLines, type OpenLiveOptions, openLive } from './mapping/live/open-live.ts';
export { runMapping, type SourceAccess } from './mapping/map.ts';
export { loadMappingSyntax, type MappingFormat } from './mapping/parse/syntax.ts';
export { type CompileOptions, compileMapping, type LogicalSource, type MappingPlan } from './mapping/plan.ts';
export type { Diagnostic } from './mapping/record.ts';
export type { SourceData } from './mapping/reference/formulation.ts';
export type { EmbeddedFollowRequest, SnapshotRequest, StoreRequest } from './service/embedding.ts';
export type * from './service.ts';
export { ANY, type GraphView, MERGED, NAMED, type Snapshot, UNKNOWN } from './store/graph-view.ts';
export { Image, type ImageOptions } from './store/image/image.ts';
export { type LoadedQuads, type LoadQuadsOptions, loadQuadsIntoImage } from './store/load-quads.ts';
export { type MapIntoImageOptions, type MappedIntoImage, mapIntoImage } from './store/map-into-image.ts';
export { FabricStore } from './store/rdfjs/fabric-store.ts';
export type { QuadMatch } from './store/rdfjs/quad-match.ts';
export {
  type DefaultGraphMeaning,
  type HeldView,
  SnapshotSource,
  type SnapshotSourceOptions,
} from './store/rdfjs/snapshot-source.ts';
export { version } from './version.ts';
