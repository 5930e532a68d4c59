// Makes a provider class of a definition: what the queue drives then is a provider like any other.
import {
  type ExternalObjectType,
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
  type ObjectAnswer,
  OutboundSyncProvider,
  type ProviderClass,
  type RemoteObject,
  type RemoteObjectQuery,
  SyncConfigError,
  type SyncObjectArgs,
  type SyncObjectResult,
  updateModes,
} from '../../core/sdk/index.ts'
import { authOf } from './auth-of.ts'
import { filledDefinition, type StoredRestDefinition } from './definition.ts'
import { discoverFields } from './discover-fields.ts'
import { errorFromTable } from './error-table.ts'
import { fillCall } from './fill-call.ts'
import type { ObjectTypeDefinition } from './object-type-schema.ts'
import { readPath } from './paths.ts'
import { createRemoteCalls, isUsed } from './remote-calls.ts'
import { idOf } from './remote-values.ts'
import { settingsSchema } from './settings-schema.ts'
import { writeBatch } from './write-batch.ts'
import { done, locate, type WriteContext, writeObject } from './write-object.ts'

type Settings = Readonly<Record<string, unknown>>

export function buildRestProvider(stored: StoredRestDefinition): ProviderClass {
  const definition = filledDefinition(stored)
  const types = new Map(definition.objectTypes.map((type) => [type.name, type]))
  const sendsBatches = definition.objectTypes.some(({ batch }) => isUsed(batch))
  const { concurrency, calls, perSeconds } = definition.limits

  class RestSync extends OutboundSyncProvider<Settings> {
    static override readonly identifier = definition.identifier
    static override readonly version = definition.version
    static override readonly displayName = definition.displayName
    static override readonly description = definition.description
    static override readonly listFieldJoiner = definition.listSeparator === '' ? null : definition.listSeparator
    // What is never read cannot be compared with.
    static override readonly updateModes = definition.objectTypes.some(isRead) ? updateModes : (['overwrite'] as const)
    static override readonly auth = authOf(definition)
    static override readonly settings = settingsSchema(definition.settings)
    static override readonly accountSettings = definition.settings.flatMap(({ name, isAccount }) =>
      isAccount ? [name] : [],
    )
    static override readonly externalObjectTypes = definition.objectTypes.map(declaredType)
    static override readonly canChangeIdentity = definition.identifiersCanChange
    static override readonly granularity = sendsBatches ? 'batch' : 'object'
    static override readonly limits = {
      concurrency,
      ...(calls > 0 ? { rate: { calls, perSeconds } } : {}),
      ...(sendsBatches ? { batchSize: Math.max(...definition.objectTypes.map(({ batch }) => batch.size)) } : {}),
    }

    override classifyResponse(response: HttpResponse, request: HttpRequest): Error | undefined {
      return errorFromTable(definition.errors, response, { method: request.method ?? 'GET', url: request.url })
    }

    override async syncObjectWithProperties(args: SyncObjectArgs): Promise<SyncObjectResult | null> {
      return writeObject(this.#context(args.mapping.externalObjectType, args), args)
    }

    override async syncObjects(list: readonly SyncObjectArgs[]): Promise<ObjectAnswer[]> {
      const answers = new Map<SyncObjectArgs, ObjectAnswer>()
      for (const group of Map.groupBy(list, ({ mapping }) => mapping.externalObjectType).values()) {
        for (const [args, answer] of await this.#writeGroup(group)) answers.set(args, answer)
      }
      return list.map((args) => answers.get(args) ?? null)
    }

    override async readObject(query: RemoteObjectQuery): Promise<RemoteObject | null> {
      const found = await locate(this.#context(query.externalObjectType, query), query)
      return found && { remoteId: found.id, values: found.values }
    }

    override async deleteObject(query: RemoteObjectQuery): Promise<SyncObjectResult> {
      const context = this.#context(query.externalObjectType, query)
      const { externalIdField, idValue, known } = query
      const remoteId = known?.remoteId ?? (isUsed(context.type.find) ? (await locate(context, query))?.id : idValue)
      if (remoteId === undefined) return { action: 'nothing_to_do' }
      const isDeleted = await context.calls.remove({
        id: idValue,
        idField: externalIdField,
        remoteId,
        settings: context.settings,
        value: { [externalIdField]: idValue },
      })
      return {
        ...done(
          { ...context, type: { ...context.type, link: '' } },
          query,
          isDeleted ? 'deleted' : 'nothing_to_do',
          remoteId,
        ),
      }
    }

    override async testConnection({
      signal,
    }: {
      signal: AbortSignal
    }): Promise<{ message: string; accountName?: string }> {
      const request = fillCall(definition, definition.test, { settings: this.context.settings, value: {} })
      const response = await this.context.http.request({ ...request, signal })
      const { accountPath } = definition.test
      const told = `${definition.displayName} answered ${request.method} ${request.url} with ${response.status}.`
      if (accountPath === '') return { message: told }
      const accountName = idOf(readPath(response.json(), accountPath))
      if (accountName !== null) return { message: `${told} The account is ${accountName}.`, accountName }
      throw new SyncConfigError(
        `${told} There is no name of the account at "${accountPath}". Check the address in the settings, or correct the definition.`,
      )
    }

    override async discoverObjectTypes({ signal }: { signal: AbortSignal }): Promise<readonly ExternalObjectType[]> {
      const { http, settings } = this.context
      const found: ExternalObjectType[] = []
      for (const type of definition.objectTypes) {
        if (!isUsed(type.discovery)) continue
        found.push(await discoverFields({ definition, type, declared: declaredType(type) }, { settings, http, signal }))
      }
      return found
    }

    #context(name: string, { http, signal }: { http: HttpClient; signal: AbortSignal }): WriteContext {
      const type = types.get(name)
      if (type)
        return {
          definition,
          type,
          calls: createRemoteCalls({ definition, type, http, signal }),
          settings: this.context.settings,
        }
      throw new SyncConfigError(
        `${definition.displayName} ${definition.version} has no object type "${name}". There are: ${[...types.keys()].join(', ')}. Correct the mapping.`,
      )
    }

    async #writeGroup(group: readonly SyncObjectArgs[]): Promise<readonly (readonly [SyncObjectArgs, ObjectAnswer])[]> {
      const [first] = group
      if (!first) return []
      const context = this.#context(first.mapping.externalObjectType, first)
      const answers: (readonly [SyncObjectArgs, ObjectAnswer])[] = []
      if (!isUsed(context.type.batch)) {
        for (const args of group) answers.push([args, await writeObject(context, args).catch(asError)])
        return answers
      }
      const { size } = context.type.batch
      for (let start = 0; start < group.length; start += size) {
        const part = group.slice(start, start + size)
        const written = await writeBatch(context, part)
        for (const [index, args] of part.entries()) answers.push([args, written[index] ?? null])
      }
      return answers
    }
  }

  // A verb that is there is called: what the definition has no call for is taken away.
  const isWithout = {
    syncObjects: !sendsBatches,
    readObject: !definition.objectTypes.some(isRead),
    deleteObject: !definition.objectTypes.some((type) => isUsed(type.delete)),
    discoverObjectTypes: !definition.objectTypes.some(({ discovery }) => isUsed(discovery)),
    testConnection: !isUsed(definition.test),
  }
  for (const [verb, isMissing] of Object.entries(isWithout))
    if (isMissing) Reflect.deleteProperty(RestSync.prototype, verb)
  return RestSync
}

function isRead({ find }: ObjectTypeDefinition): boolean {
  return isUsed(find)
}

function declaredType(type: ObjectTypeDefinition): ExternalObjectType {
  return {
    name: type.name,
    label: type.label,
    idFields: type.fields.filter(({ isIdentifier }) => isIdentifier).map(({ key }) => key),
    fields: type.fields.map(({ key, label, type: valueType, isRequired }) => ({
      key,
      label: label || key,
      type: valueType,
      isRequired,
      ...(isRead(type) ? {} : { updateModes: ['overwrite'] as const }),
    })),
    // Until the account has been asked, nobody can say that a field is not there.
    allowsOtherFields: type.allowsOtherFields || isUsed(type.discovery),
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error), { cause: error })
}
