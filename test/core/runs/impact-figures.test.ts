import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { causeOf, namesIn } from '../../../core/runs/impact-causes.ts'
import { addPage, countAffected, countChecked, impactFiguresSchema } from '../../../core/runs/impact-figures.ts'
import type { ObjectPreview, SubjectPreview } from '../../../core/sync/preview-subjects.ts'

const empty = impactFiguresSchema.parse({})
const names = namesIn([{ key: 'deals', propertyMappings: [{ externalField: 'amount' }, { externalField: 'line_2' }] }])

const object = (changes: Partial<ObjectPreview> = {}): ObjectPreview => ({
  ...{
    mappingKey: 'deals',
    sourceModel: 'Order',
    sourceId: '7001',
    externalObjectType: 'deal',
    externalIdField: 'code',
  },
  ...{ idValue: 'K7001', action: 'update', reason: null, properties: [], known: null, trace: null },
  ...changes,
})
const property = (externalField: string, isChanged = true) => ({
  ...{ externalField, updateMode: 'overwrite' as const, value: 'new', lastSent: 'old', isChanged },
})
const preview = (id: string, changes: Partial<SubjectPreview> = {}): SubjectPreview => ({
  ...{ subject: { model: 'Order', id }, label: `K${id}`, scope: 'organizer:acme', verdict: 'sends' as const },
  ...{ reason: null, objects: [object({ sourceId: id, idValue: `K${id}` })] },
  ...changes,
})
const add = (previews: SubjectPreview[], before = empty, pluginOffCount = 0) =>
  addPage(before, { previews, pluginOffCount, names, met: new Map() }).figures

describe('the figures of an impact', () => {
  it('count records by verdict, objects by type and action, and changed fields once an object', () => {
    const first = add([
      preview('1', {
        objects: [
          object({ properties: [property('amount'), property('amount'), property('title', false)] }),
          object({ action: 'create', idValue: 'K1-1', properties: [property('amount')] }),
          object({ externalObjectType: 'contact', action: 'delete' }),
        ],
      }),
      preview('2', { verdict: 'nothing_to_do', objects: [object({ action: 'nothing_to_do' })] }),
    ])
    const second = add(
      [preview('3', { objects: [object({ idValue: 'K3', properties: [property('amount')] })] })],
      first,
      4,
    )
    assert.deepEqual(empty, impactFiguresSchema.parse({}), 'what was counted before stays what it was')
    assert.deepEqual(second.records, { ...empty.records, sends: 2, nothing_to_do: 1, plugin_off: 4 })
    assert.deepEqual([countAffected(second), countChecked(second)], [2, 7])
    const [deal, contact] = second.objectTypes
    assert.deepEqual([deal?.name, contact?.name], ['deal', 'contact'])
    assert.deepEqual([deal?.actions.update, deal?.actions.create, deal?.actions.nothing_to_do], [2, 1, 1])
    assert.equal(contact?.actions.delete, 1)
    assert.deepEqual(deal?.fields, [{ name: 'amount', count: 2, example: { model: 'Order', id: '1', label: 'K1' } }])
  })

  it('count an object once that several records feed, also when they lie on different pages', () => {
    const contact = (id: string, action: ObjectPreview['action'], value = 'Ada') =>
      preview(id, {
        objects: [
          object({
            ...{ externalObjectType: 'contact', externalIdField: 'email', idValue: 'ada@example.com', action },
            properties: [{ ...property('name'), value }],
          }),
        ],
      })
    const page = { pluginOffCount: 0, names, met: new Map() }
    const first = addPage(empty, { ...page, previews: [contact('1', 'create'), contact('2', 'update')] })
    const { figures } = addPage(first.figures, {
      ...page,
      previews: [contact('3', 'create'), contact('4', 'create', 'Ada Lovelace'), preview('5')],
      met: first.met,
    })
    const [type] = figures.objectTypes
    assert.deepEqual([type?.actions.create, type?.actions.nothing_to_do, type?.actions.update], [1, 2, 1])
    assert.deepEqual([type?.fields, first.met.size], [[], 1])
    assert.equal(figures.records.sends, 5)
  })

  it('group what fails by its cause, with an example, and count a record once', () => {
    const failing = (id: string, field = 'amount') =>
      preview(id, {
        verdict: 'failed',
        reason: `Cannot write "${id} EUR" to "${field}".`,
        objects: [1, 2].map((n) =>
          object({
            ...{ action: 'failed', sourceId: `${id}-${n}`, idValue: `K${id}-${n}` },
            reason: `Cannot write "${id} EUR" from "Total" of K${id}-${n} to the property "${field}" (decimal).`,
          }),
        ),
      })
    const { causes, records } = add([failing('7001'), failing('7002'), failing('7003', 'line_2')])
    assert.equal(records.failed, 3)
    assert.deepEqual(
      causes.map(({ kind, objectType, reason, count, example }) => [kind, objectType, reason, count, example.label]),
      [
        [
          'failed',
          'deal',
          'Cannot write "7001 EUR" from "Total" of K7001-1 to the property "amount" (decimal).',
          2,
          'K7001',
        ],
        [
          'failed',
          'deal',
          'Cannot write "7003 EUR" from "Total" of K7003-1 to the property "line_2" (decimal).',
          1,
          'K7003',
        ],
      ],
    )
  })

  it('name what is wrong with a record as a whole, when none of its objects does', () => {
    const { causes } = add([
      preview('8', { verdict: 'failed', reason: 'The record could not be read.', objects: [] }),
      preview('9', { verdict: 'skipped', reason: 'It is a test order.', objects: [] }),
      preview('10', {
        verdict: 'waiting',
        reason: 'It waits for 4.',
        objects: [object({ action: 'waiting', reason: 'It waits for 5.' })],
      }),
    ])
    assert.deepEqual(
      causes.map(({ kind, objectType, reason }) => [kind, objectType, reason]),
      [
        ['failed', null, 'The record could not be read.'],
        ['skipped', null, 'It is a test order.'],
        ['waiting', 'deal', 'It waits for 5.'],
      ],
    )
  })

  it('keep no more than a hundred causes, and say how often there were others', () => {
    const word = (n: number) => String.fromCharCode(97 + Math.floor(n / 26), 97 + (n % 26))
    const many = Array.from({ length: 130 }, (_, n) =>
      preview(String(n), { verdict: 'failed', reason: `Fault ${word(n)}.`, objects: [] }),
    )
    const figures = add([...many, ...many])
    assert.deepEqual([figures.causes.length, figures.otherCauseCount], [100, 60])
    assert.ok(figures.causes.every(({ count }) => count === 2))
  })

  it('cut what is long', () => {
    const { causes } = add([
      preview('1', { label: 'L'.repeat(5000), verdict: 'failed', reason: `Long ${'x'.repeat(5000)}`, objects: [] }),
    ])
    assert.deepEqual(
      [causes[0]?.reason.length, causes[0]?.example.label.length, causes[0]?.key.length],
      [601, 201, 300],
    )
  })
})

describe('a cause', () => {
  const cases: [title: string, one: string, other: string, isSame: boolean][] = [
    ['is the same for other values in quotes', 'Cannot read "a@b".', 'Cannot read "c \\" d".', true],
    ['is the same for other values in curly quotes', 'It is “one”.', 'It is “two”.', true],
    ['is the same for other numbers', 'A list of 3 has 12 entries.', 'A list of 44 has 5 entries.', true],
    ['is the same for other ids', 'Waits for A 4f1-c2.', 'Waits for A K77.', true],
    ['is another for another field of the mapping', 'No "amount".', 'No "line_2".', false],
    ['is another for another field without quotes', 'No line_2 here.', 'No line_3 here.', false],
    ['is another for another sentence', 'No "x".', 'Nothing "x".', false],
  ]
  for (const [title, one, other, isSame] of cases) {
    it(title, () => {
      const [left, right] = [one, other].map((reason) => causeOf(reason, { names, own: [] }))
      assert.equal(left === right, isSame, `${left} | ${right}`)
    })
  }

  it('holds nothing of the record itself', () => {
    const own = ['ABCDE', 'ABCDE-1', 'x']
    assert.equal(
      causeOf('The field of ABCDE-1 in ABCDE (x) fails.', { names, own }),
      causeOf('The field of FGHIJ-1 in FGHIJ (x) fails.', { names, own: ['FGHIJ', 'FGHIJ-1', 'x'] }),
    )
    assert.match(causeOf('"amount" of amount', { names, own: ['amount'] }), /"amount" of amount/)
  })
})
