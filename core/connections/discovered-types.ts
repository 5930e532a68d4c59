// The external object types of a connection: what its provider declares, and what its remote was found to hold. That is
// asked once for many batches, because the answer seldom changes and the call is not free.
import { z } from 'zod'
import { PluginError } from '../errors.ts'
import { objectTypeSchema } from '../registry/check-provider.ts'
import type { ExternalObjectType } from '../sdk/external-object-type.ts'
import type { OutboundSyncProvider, ProviderClass } from '../sdk/provider.ts'

type Discover = NonNullable<OutboundSyncProvider['discoverObjectTypes']>

export interface DiscoveredTypes {
  /** @param ask makes the call, when the last answer is too old */
  of(request: {
    connection: { id: string; revision: string }
    provider: Pick<OutboundSyncProvider, 'discoverObjectTypes'>
    providerClass: Pick<ProviderClass, 'identifier' | 'externalObjectTypes'>
    ask(discover: Discover): ReturnType<Discover>
  }): Promise<readonly ExternalObjectType[]>
}

const listSchema = z.array(objectTypeSchema)

/** @param keptMs for so long an answer is believed */
export function createDiscoveredTypes({ keptMs = 60_000 }: { keptMs?: number } = {}): DiscoveredTypes {
  const answers = new Map<string, { types: Promise<readonly ExternalObjectType[]>; until: number }>()

  return Object.freeze({
    of({ connection, provider, providerClass, ask }) {
      const discover = provider.discoverObjectTypes?.bind(provider)
      if (!discover) return Promise.resolve(providerClass.externalObjectTypes)
      const now = performance.now()
      for (const [key, { until }] of answers) if (until <= now) answers.delete(key)
      // A connection that somebody has changed may lead elsewhere.
      const key = `${connection.id} ${connection.revision}`
      const answered = answers.get(key)
      if (answered) return answered.types
      const types = ask(discover).then((found) => joinTypes(providerClass, found))
      answers.set(key, { types, until: now + keptMs })
      types.catch(() => answers.delete(key))
      return types
    },
  } satisfies DiscoveredTypes)
}

function joinTypes(
  { identifier, externalObjectTypes }: Pick<ProviderClass, 'identifier' | 'externalObjectTypes'>,
  found: readonly ExternalObjectType[],
): readonly ExternalObjectType[] {
  const parsed = listSchema.safeParse(found)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new PluginError(
      `discoverObjectTypes of the provider "${identifier}" answered with something that is no list of external object types (${issue?.path.map(String).join('.')}: ${issue?.message}).`,
    )
  }
  const names = new Set(found.map(({ name }) => name))
  return [...externalObjectTypes.filter(({ name }) => !names.has(name)), ...found]
}
