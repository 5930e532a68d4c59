// One object to send, as the mapping made it of a record.
import type { ObjectMapping, Property } from '../sdk/mapping.ts'
import type { Inputs } from '../sdk/source-model.ts'
import type { MappedObjects } from '../sdk/sync-object.ts'
import type { LedgerLink } from './ledger.ts'

export interface ObjectRequest {
  mapping: ObjectMapping
  sourceModel: string
  sourceId: string
  inputs: Inputs
  idValue: string
  properties: readonly Property[]
  link: LedgerLink | undefined
  mappedObjects: MappedObjects
}
