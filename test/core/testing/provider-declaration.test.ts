// A mapping that does not fit makes every push end alike. So what is declared is looked at first, without a push, and while
// it is wrong the other checks are skipped instead of each giving advice about something else.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mappingDocumentSchema, type ObjectMappingInput } from '../../../core/sdk/index.ts'
import {
  type ConformanceCheck,
  type ConformanceOptions,
  changedOrder,
  providerConformance,
  sampleOrder,
} from '../../../core/testing/index.ts'
import { createListPlugin, ListSync, token } from '../../support/list-provider.ts'

const subscriber: ObjectMappingInput = {
  key: 'subscriber',
  sourceModel: 'Order',
  externalObjectType: 'subscriber',
  sourceIdField: 'email',
  externalIdField: 'email',
  propertyMappings: [{ externalField: 'name', source: { field: 'invoice_address_name' } }],
}

/** None of these checks gets as far as a remote or a database. */
function checksOf(
  options: Partial<ConformanceOptions>,
): [declaration: ConformanceCheck, ...others: ConformanceCheck[]] {
  const [declaration, ...others] = providerConformance({
    plugin: createListPlugin(),
    provider: ListSync,
    settings: (origin) => ({ baseUrl: origin, token }),
    remote: () => assert.fail('a remote was made'),
    secrets: [token],
    databaseUrl: 'postgres://127.0.0.1:1/none',
    ...options,
  })
  assert.ok(declaration && others.length > 10)
  return [declaration, ...others]
}

async function complaint(options: Partial<ConformanceOptions>): Promise<string> {
  const [declaration] = checksOf(options)
  return declaration.run().then(
    () => '',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
}

const misspelt = [
  {
    ...subscriber,
    sourceIdField: 'mail',
    propertyMappings: [{ externalField: 'nam', source: { field: 'invoice_name' } }],
  },
]

describe('the declaration of a provider', () => {
  it('is good as it stands, with the default mappings and with others', async () => {
    assert.equal(await complaint({}), '')
    assert.equal(await complaint({ mappings: [subscriber] }), '')
  })

  it('is told all that is wrong with its mappings, and what there is to choose from', async () => {
    const lines = (await complaint({ mappings: misspelt })).split('\n')
    assert.deepEqual(lines.slice(0, 5), [
      'The mappings do not fit, in `mappings`, which the test hands in:',
      '- "subscriber", sourceIdField: The source field "mail" does not exist for Order. Did you mean "email"?',
      '- "subscriber", propertyMappings.0.externalField: The external object type "subscriber" has no field "nam". Did you mean "name"?',
      '- "subscriber", propertyMappings.0.source.field: The source field "invoice_name" does not exist for Order.',
      'Source fields are looked for in the sample model; hand in `models` and `records` to test with source models of your own.',
    ])
    assert.match(lines[5] ?? '', /^Source fields of Order: order_code, .*\bemail, phone, invoice_address_name\b/)
    assert.match(
      lines[6] ?? '',
      /^Source fields of OrderPosition: position_id, .*attendee_email; and those of Order\.$/,
    )
    assert.equal(lines[7], 'External fields of subscriber: email, name, total. Matched on email.')
    assert.equal(lines.length, 8)
  })

  it('is told whose mappings are judged, and of source models of its own only where it has none', async () => {
    class Misspelt extends ListSync {
      static override readonly defaultMappings = mappingDocumentSchema.parse(misspelt)
    }
    const judged = { plugin: createListPlugin(Misspelt), provider: Misspelt }
    const ofBoth = await complaint({ ...judged, mappings: misspelt })
    assert.match(
      ofBoth,
      /^The mappings do not fit, in the provider's defaultMappings:\n- "subscriber", sourceIdField: /,
    )
    assert.match(ofBoth, /\nThe mappings do not fit, in `mappings`, which the test hands in:\n- "subscriber"/)
    const ofProvider = await complaint(judged)
    assert.match(ofProvider, /^The mappings do not fit, in the provider's defaultMappings:/)
    assert.doesNotMatch(ofProvider, /which the test hands in/)
    const models = [{ name: 'Order', fields: [{ key: 'sku' }] }]
    const ofOwnModel = await complaint({ ...judged, models })
    assert.match(ofOwnModel, /The source field "mail" does not exist for Order/)
    assert.doesNotMatch(ofOwnModel, /source models of your own/)
    const unknownType = [{ ...subscriber, propertyMappings: [{ externalField: 'nam', source: { constant: 'x' } }] }]
    assert.doesNotMatch(await complaint({ mappings: unknownType }), /source models of your own/)
  })

  it('is told of what its mappings for hosts with other models would write', async () => {
    class Elsewhere extends ListSync {
      static override readonly defaultMappings = mappingDocumentSchema.parse([
        subscriber,
        {
          ...{ ...subscriber, key: 'member', sourceModel: 'Member', sourceIdField: 'not_known_here' },
          propertyMappings: [
            { externalField: 'nam', source: { field: 'name' } },
            {
              externalField: 'total',
              each: { nestedModel: 'Fee', propertyMappings: [{ externalField: 'sum', source: { field: 'sum' } }] },
            },
          ],
        },
      ])
    }
    const told = await complaint({ plugin: createListPlugin(Elsewhere), provider: Elsewhere })
    assert.deepEqual(told.split('\n').slice(0, 2), [
      "The mappings do not fit, in the provider's defaultMappings:",
      '- "member", propertyMappings.0.externalField: The external object type "subscriber" has no field "nam". Did you mean "name"?',
    ])
  })

  it('is told of a model that the records of the test are not of', async () => {
    assert.match(
      await complaint({ mappings: [{ ...subscriber, sourceModel: 'Ordr' }] }),
      /"Ordr" does not exist\. Did you mean "Order"/,
    )
    const attendees = [
      { ...subscriber, sourceModel: 'OrderPosition', sourceIdField: 'attendee_email', propertyMappings: [] },
    ]
    assert.equal(await complaint({ mappings: attendees }), '')
    const models = [{ name: 'Product', fields: [{ key: 'sku' }] }]
    assert.match(
      await complaint({ models }),
      /^No mapping is of Product, whose records are pushed; looked for in the provider's defaultMappings\./,
    )
    assert.match(await complaint({ mappings: [{ ...subscriber, isEnabled: false }] }), /^No mapping is of Order/)
  })

  it('is told of mappings that are none', async () => {
    const shapeless = [{ ...subscriber, externalIdField: 5 }] as unknown as ObjectMappingInput[]
    assert.match(
      await complaint({ mappings: shapeless }),
      /^`mappings` are not of the shape .*\n- 0\.externalIdField: /,
    )
  })

  it('is told of values that cannot be written, and of records without what identifies them', async () => {
    const wordy = [
      { ...subscriber, propertyMappings: [{ externalField: 'total', source: { field: 'invoice_address_name' } }] },
    ]
    assert.match(
      await complaint({ mappings: wordy }),
      /^The mapping "subscriber" cannot be computed from records\.make\(1\): .*Ada Lovelace/,
    )
    const nameless = { make: (number: number) => ({ ...sampleOrder(number), email: null }), change: changedOrder }
    assert.match(
      await complaint({ records: nameless }),
      /^The mappings make no object of records\.make\(1\), so nothing would be sent\. A1 has no value in "email"/,
    )
    const change = (order: ReturnType<typeof sampleOrder>) => ({ ...order, order_total: 'much' })
    assert.match(
      await complaint({ records: { make: sampleOrder, change } }),
      /^The mapping "subscriber" cannot be computed from records\.change\(records\.make\(1\)\): .*much/,
    )
  })

  it('is corrected first: until then all other checks are skipped', async () => {
    const [declaration, ...others] = checksOf({ mappings: misspelt })
    const reasons: string[] = []
    const context = {
      name: 'of the runner',
      skip(reason: string) {
        assert.equal(this.name, 'of the runner')
        reasons.push(reason)
      },
    }
    for (const { run } of others) await run(context)
    assert.equal(reasons.length, others.length)
    assert.deepEqual(
      reasons.filter(
        (reason) => !reason.includes(`first correct the declaration, until the check "${declaration.name}" passes`),
      ),
      [],
    )
    await assert.rejects(() => declaration.run(context), /The mappings do not fit/)
  })

  it('is named by a check that cannot be skipped', async () => {
    const [, other] = checksOf({ mappings: misspelt })
    await assert.rejects(() => other?.run() ?? Promise.resolve(), /^Error: Not run: first correct the declaration/)
    await assert.rejects(
      () => other?.run(() => undefined) ?? Promise.resolve(),
      /Not run: first correct the declaration/,
    )
    // What takes a parameter is given a callback by Jest and Mocha, and waited for until that is called.
    assert.deepEqual(
      checksOf({}).filter(({ run }) => run.length > 0),
      [],
    )
  })
})
