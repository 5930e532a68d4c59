// What is asked of a provider when a record has changed: that the change arrives, or, at a remote that can only be added to,
// that nothing is touched.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  mappingDocumentSchema,
  type ProviderClass,
  type SyncObjectArgs,
  type SyncObjectResult,
  type UpdateMode,
} from '../../../core/sdk/index.ts'
import {
  type ConformanceOptions,
  providerConformance,
  type RemoteModel,
  sampleOrder,
  type TestRecord,
} from '../../../core/testing/index.ts'
import { createList, createListPlugin, ListSync, token } from '../../support/list-provider.ts'

const arrives = 'brings a changed value to the remote'
const stays = 'leaves what the remote holds as it was when a record has changed'

const [proposed] = ListSync.defaultMappings
const ifNew = {
  ...proposed,
  propertyMappings: proposed?.propertyMappings.map((one) => ({ ...one, updateMode: 'if_new' })),
}

/** Takes new members, refuses those it has with 409, and lets nobody change one. */
function createAddOnlyList(): RemoteModel {
  const list = createList()
  return {
    objects: list.objects,
    async handle(request) {
      const { method, body } = request
      const members = Object.values(await list.objects())
      const email: unknown = Reflect.get(Object(body), 'email')
      if (method === 'PATCH') return { status: 405, body: { message: 'Members cannot be changed' } }
      if (method === 'POST' && members.some((held) => Reflect.get(Object(held), 'email') === email)) {
        return { status: 409, body: { message: 'Is a member already' } }
      }
      return list.handle(request)
    },
  }
}

class AddOnly extends ListSync {
  static override readonly updateModes: readonly UpdateMode[] = ['if_new']
  static override readonly defaultMappings = mappingDocumentSchema.parse([{ ...ifNew, mode: 'create' }])
  readonly expectStatus: number[] = [409]

  override async syncObjectWithProperties(args: SyncObjectArgs): Promise<SyncObjectResult | null> {
    const { idValue, idempotencyKey } = args
    const json = { ...Object.fromEntries(args.properties.map(([field, value]) => [field, value])), email: idValue }
    const { expectStatus } = this
    const response = await this.call(args, { method: 'POST', path: '/subscribers', json, idempotencyKey, expectStatus })
    if (response.status === 409) return { action: 'nothing_to_do' }
    return { action: 'created', remoteId: String(Reflect.get(Object(this.parse(response)), 'id')) }
  }
}

class Refused extends AddOnly {
  override readonly expectStatus: number[] = []
}

class Careless extends ListSync {
  static override readonly updateModes: readonly UpdateMode[] = ['if_new']
  static override readonly defaultMappings = mappingDocumentSchema.parse([ifNew])

  override async syncObjectWithProperties(args: SyncObjectArgs): Promise<SyncObjectResult | null> {
    const properties = args.properties.map(([field, value]) => [field, value, 'overwrite'] as const)
    return super.syncObjectWithProperties({ ...args, properties })
  }
}

class Unmoved extends ListSync {
  override isChanged(): boolean {
    return false
  }
}

class Modest extends ListSync {
  override async syncObjectWithProperties(args: SyncObjectArgs): Promise<SyncObjectResult | null> {
    const result = await super.syncObjectWithProperties(args)
    return result?.action === 'updated' ? { ...result, action: 'nothing_to_do' } : result
  }
}

function checksOf(provider: ProviderClass, options: Partial<ConformanceOptions> = {}) {
  return providerConformance({
    plugin: createListPlugin(provider),
    provider,
    settings: (origin) => ({ baseUrl: origin, token }),
    remote: () => createList(),
    secrets: [token],
    databaseUrl: process.env.TEST_DATABASE_URL,
    ...options,
  })
}

async function complaint(provider: ProviderClass, name: string, options?: Partial<ConformanceOptions>) {
  const check = checksOf(provider, options).find((one) => one.name === name)
  assert.ok(check, `there is no check "${name}"`)
  return check.run().then(
    () => '',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
}

const addOnly: Partial<ConformanceOptions> = {
  remote: createAddOnlyList,
  isWrite: ({ method, answer }) => method !== 'GET' && answer?.status !== 409,
}

describe('a changed record', () => {
  it('need not arrive at a remote that can only be added to, whose provider passes all checks', async () => {
    const checks = checksOf(AddOnly, addOnly)
    const names = checks.map(({ name }) => name)
    assert.ok(names.includes(stays) && !names.includes(arrives))
    for (const { run } of checks) await run()
  })

  it('leaves alone what the remote has, by a provider that fails at it or writes over it', async () => {
    assert.match(
      await complaint(Refused, stays, addOnly),
      /outbound-sync has forgotten \(known is null\); that ended as "permanent".*answer with the action nothing_to_do/,
    )
    assert.match(await complaint(Careless, stays), /the remote holds something else than before: 1\. Write what/)
  })

  it('has to be one', async () => {
    const records = { make: sampleOrder, change: (order: TestRecord) => order }
    assert.match(await complaint(AddOnly, stays, { ...addOnly, records }), /^records\.change changes nothing\. /)
    assert.match(
      await complaint(ListSync, arrives, { records }),
      /^records\.change changes nothing that a mapping sends by "overwrite"; the push ended as "nothing_to_do"/,
    )
  })

  it('is asked for by every mapping that overwrites and may change, and by no other', () => {
    const named = (mode: string, properties: readonly object[]) => {
      const mappings = mappingDocumentSchema.parse([{ ...proposed, mode, propertyMappings: properties }])
      return checksOf(ListSync, { mappings }).some(({ name }) => name === arrives)
    }
    const name = { externalField: 'name', source: { field: 'invoice_address_name' } }
    assert.equal(named('upsert', [name]), true)
    assert.equal(named('update', [name]), true)
    assert.equal(named('create', [name]), false)
    assert.equal(named('upsert', [{ ...name, updateMode: 'if_empty' }]), false)
    assert.equal(named('upsert', [{ ...name, source: { constant: 'Ada' } }]), false)
    assert.equal(named('upsert', [{ externalField: 'email', source: { field: 'email' } }]), false)
  })

  it('that is answered with nothing_to_do is told by its field, and by what the remote holds', async () => {
    const change =
      /^records\.change changed "name" of the mapping "subscriber" from "Ada Lovelace" to "Augusta King", which is sent by "overwrite"/
    const unmoved = await complaint(Unmoved, arrives)
    assert.match(unmoved, change)
    assert.match(unmoved, /, but the provider answered nothing_to_do, and the remote still holds the old value\. /)
    const modest = await complaint(Modest, arrives)
    assert.match(modest, change)
    assert.match(modest, /; the remote holds the new value, but the provider answered nothing_to_do\. /)
  })
})
