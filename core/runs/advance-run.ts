// One step of one run: each mode has a file of its own.
import { advanceAudit } from './advance-audit.ts'
import { advanceBackfill } from './advance-backfill.ts'
import { advanceBulk } from './advance-bulk.ts'
import { advanceImpact } from './advance-impact.ts'
import type { ClaimedRun } from './claim-runs.ts'
import type { RunDependencies } from './run-dependencies.ts'

export async function advanceRun(deps: RunDependencies, run: ClaimedRun, signal: AbortSignal): Promise<void> {
  switch (run.mode) {
    case 'backfill':
      return advanceBackfill(deps, run, signal)
    case 'audit':
      return advanceAudit(deps, run, signal)
    case 'impact':
      return advanceImpact(deps, run, signal)
    case 'retry':
    case 'cancel':
      return advanceBulk(deps, run, signal)
  }
}
