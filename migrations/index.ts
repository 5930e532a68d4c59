// The explicit, ordered list of our migrations. Names begin with a timestamp, so that two people do not take one number.
import { initial } from './20261122000000-initial.ts'

export const migrations = [initial] as const
