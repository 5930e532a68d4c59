// The states of a run and what moves each, told of a backfill; an audit and a bulk run have no canary and go from waiting
// to running. Whatever happens to it, the jobs it has put into the queue are ordinary jobs and end in their own time; only
// a stop takes back those that still wait.
//
//   waiting   started by a person, not begun           -> canary (counted, the first ten enqueued)
//   canary    the first ten are on their way           -> running (they ended well), finished (there were no more),
//                                                         stopped (too many failed, or they did not end in time)
//   running   the rest is enqueued page by page        -> finished (the last page is in and every job has ended)
//   paused    by a person: no more pages               -> what it was before (resumed), stopped
//   failed    the host's records could not be read     -> what it was before (resumed), stopped
//   stopped, finished                                     (the end)

export const runStates = ['waiting', 'canary', 'running', 'paused', 'stopped', 'finished', 'failed'] as const
export type RunState = (typeof runStates)[number]

/** A driver works on these. */
export const activeStates = ['waiting', 'canary', 'running'] as const
export type ActiveState = (typeof activeStates)[number]

const moves: Readonly<Record<RunState, readonly RunState[]>> = {
  waiting: ['canary', 'paused', 'stopped', 'failed'],
  canary: ['running', 'finished', 'paused', 'stopped', 'failed'],
  running: ['finished', 'paused', 'stopped', 'failed'],
  paused: ['waiting', 'canary', 'running', 'stopped'],
  failed: ['waiting', 'canary', 'running', 'stopped'],
  stopped: [],
  finished: [],
}

export function canMove(from: RunState, to: RunState): boolean {
  return moves[from].includes(to)
}
