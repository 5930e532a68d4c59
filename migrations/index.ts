// The explicit, ordered list of our migrations. Names begin with a timestamp, so that two people do not take one number.
import { initial } from './20261122000000-initial.ts'
import { soloLane } from './20261122080000-solo-lane.ts'

export const migrations = [initial, soloLane] as const
