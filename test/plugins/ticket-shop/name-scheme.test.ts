import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fullName, readNamePart, toNameParts } from '../../../plugins/ticket-shop/name-scheme.ts'

describe('names', () => {
  it('are written from their parts, without the salutation', () => {
    const name = toNameParts(
      { salutation: 'Dr.', title: 'Prof.', given_name: 'Ada', family_name: 'King Lovelace' },
      'salutation_title_given_family',
    )
    assert.equal(fullName(name), 'Prof. Ada King Lovelace')
    assert.equal(readNamePart(name, 'salutation'), 'Dr.')
    assert.equal(readNamePart(name, 'family_name'), 'King Lovelace')
  })

  it('keep their parts when the event changes how it asks', () => {
    const name = toNameParts({ given_name: 'José Pedro', family_name: 'Freyre' }, 'given_family')
    assert.equal(readNamePart(name, 'given_name'), 'José Pedro')
    assert.equal(readNamePart(name, 'full_name'), 'José Pedro Freyre')
    assert.equal(readNamePart(name, 'title'), null)
  })

  it('are split on their last space when they were asked for as a whole', () => {
    const split = (text: string) => {
      const name = toNameParts(text, 'full')
      return [readNamePart(name, 'given_name'), readNamePart(name, 'family_name')]
    }
    assert.deepEqual(split('José Pedro Freyre'), ['José Pedro', 'Freyre'])
    assert.deepEqual(split('Plato'), ['Plato', null])
    assert.deepEqual(split('Ada  Lovelace'), ['Ada', 'Lovelace'])
  })

  it('do not split a name of which only one part is known', () => {
    const name = toNameParts({ family_name: 'von Neumann' }, 'given_family')
    assert.equal(readNamePart(name, 'given_name'), null)
    assert.equal(fullName(name), 'von Neumann')
  })

  it('refuse a part that the event does not ask for', () => {
    assert.throws(
      () => toNameParts({ title: 'Dr.' }, 'given_family'),
      /has no part "title", only given_name, family_name/,
    )
  })

  it('are nothing when there is nothing', () => {
    assert.equal(fullName(null), null)
    assert.equal(readNamePart(null, 'given_name'), null)
    assert.equal(fullName(toNameParts({}, 'given_family')), null)
  })
})
