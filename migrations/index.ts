// The explicit, ordered list of our migrations. Names begin with a timestamp, so that two people do not take one number.
import { initial } from './20261122000000-initial.ts'
import { soloLane } from './20261122080000-solo-lane.ts'
import { accountGate } from './20261122081500-account-gate.ts'
import { runModes } from './20261122083000-run-modes.ts'
import { lookUpIndexes } from './20261122083600-look-up-indexes.ts'
import { submittedBatches } from './20261122090000-submitted-batches.ts'
import { compatibility } from './20261122150000-compatibility.ts'
import { grants } from './20261122190000-grants.ts'
import { dataKeys } from './20261122191000-data-keys.ts'
import { environments } from './20261122191500-environments.ts'
import { draftConnections } from './20261122192000-draft-connections.ts'
import { definitionKinds } from './20261122193000-definition-kinds.ts'
import { mappingDrafts } from './20261122220000-mapping-drafts.ts'
import { impacts } from './20261122223000-impacts.ts'
import { copiedScopes } from './20261122224500-copied-scopes.ts'
import { mappingTests } from './20261122230000-mapping-tests.ts'

export const migrations = [
  initial,
  soloLane,
  accountGate,
  runModes,
  lookUpIndexes,
  submittedBatches,
  compatibility,
  grants,
  dataKeys,
  environments,
  draftConnections,
  definitionKinds,
  mappingDrafts,
  impacts,
  copiedScopes,
  mappingTests,
] as const

/**
 * Versions of the program that can work with the tables as this list leaves them, as a semver range. A migration only
 * adds what the version before can do without, so that both run beside each other while a release is rolled out; one that
 * cannot raises this in the same change.
 */
export const compatiblePrograms = '>=0.1.0'
