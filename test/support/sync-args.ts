// The arguments of syncObjectWithProperties for tests that drive a provider by hand.
import type {
  HttpClient,
  KnownObject,
  MappedObjects,
  MappingMode,
  Property,
  SyncObjectArgs,
} from '../../core/sdk/index.ts'

export function syncArgs(options: {
  http: HttpClient
  externalObjectType: string
  externalIdField: string
  idValue: string
  properties?: readonly Property[]
  known?: KnownObject | null
  mode?: MappingMode
  operation?: SyncObjectArgs['operation']
  sourceModel?: string
  mappingKey?: string
  mappedObjects?: MappedObjects
  idempotencyKey?: string
  signal?: AbortSignal
}): SyncObjectArgs {
  const { http, externalObjectType, externalIdField, idValue, known = null } = options
  return {
    operation: options.operation ?? (known ? 'update' : 'create'),
    externalIdField,
    idValue,
    properties: options.properties ?? [],
    known,
    inputs: {},
    mapping: {
      key: options.mappingKey ?? 'test',
      sourceModel: options.sourceModel ?? 'Order',
      externalObjectType,
      externalIdField,
      mode: options.mode ?? 'upsert',
    },
    mappedObjects: options.mappedObjects ?? {},
    changes: [],
    run: null,
    http,
    signal: options.signal ?? new AbortController().signal,
    idempotencyKey: options.idempotencyKey ?? 'a'.repeat(64),
  }
}
