/**
 * The public interface for programs that embed a fabric: open one, use it as the doors do, close it. What is
 * not exported here may change at any time.
 */
export type { Authorize } from './authorize.ts';
export { type Config, type ConfigInput, configJsonSchema, loadConfig, type SourceConfig } from './config.ts';
export { FabricError, PROBLEM_NS, PROBLEMS, type ProblemType } from './errors.ts';
export { type FabricOptions, openFabric } from './fabric.ts';
export type * from './service.ts';
export { version } from './version.ts';
