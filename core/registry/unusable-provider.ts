// Stands in the catalog for a provider definition that cannot be used, so that its connections have work claimed, which
// then ends with the reason instead of waiting in silence.
import { z } from 'zod'
import { SyncConfigError } from '../errors.ts'
import { OutboundSyncProvider, type ProviderClass } from '../sdk/provider.ts'

export function unusableProvider({
  identifier,
  version,
  displayName,
  problem,
}: {
  identifier: string
  version: string
  displayName: string
  problem: string
}): ProviderClass {
  return class extends OutboundSyncProvider {
    static override readonly identifier = identifier
    static override readonly version = version
    static override readonly displayName = displayName
    static override readonly settings = z.looseObject({})

    override syncObjectWithProperties(): Promise<never> {
      return Promise.reject(new SyncConfigError(problem))
    }
  }
}
