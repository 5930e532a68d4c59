// The explicit, ordered list of our migrations. Names begin with a timestamp, so that two people do not take one number.
import { initial } from './20261122000000-initial.ts'
import { soloLane } from './20261122080000-solo-lane.ts'
import { accountGate } from './20261122081500-account-gate.ts'
import { runModes } from './20261122083000-run-modes.ts'
import { lookUpIndexes } from './20261122083600-look-up-indexes.ts'
import { submittedBatches } from './20261122090000-submitted-batches.ts'

export const migrations = [initial, soloLane, accountGate, runModes, lookUpIndexes, submittedBatches] as const
