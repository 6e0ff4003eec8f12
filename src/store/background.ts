/**
 * What goes on behind the writes, and who is told when it fails. None of it stands between a write and its answer.
 */
type BackgroundTask = 'checkpoint' | 'merge' | 'image file';

/** The next of its kind tries again. */
export type OnBackgroundError = (error: unknown, task: BackgroundTask) => void;
