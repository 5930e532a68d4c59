import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isStorableJson, isStorableText, toStoredJson } from '../../../core/database/stored-json.ts'

describe('JSON that PostgreSQL stores', () => {
  it('is text without NUL and without half a surrogate pair', () => {
    assert.deepEqual(['Straße 💥', 'a\0b', 'a\ud800'].map(isStorableText), [true, false, false])
  })

  it('is refused where people enter it, whatever holds the character', () => {
    const values = [{ a: ['b', null, 1] }, { a: ['b\0'] }, { 'a\0': 1 }, { a: undefined }]
    assert.deepEqual(values.map(isStorableJson), [true, false, false, false])
  })

  it('is mended where a remote has sent it, in values and names, at any depth', () => {
    const value = { 'k\0': ['a\0b', { deep: 'x\ud800y', number: 1, nothing: null }] }
    assert.deepEqual(JSON.parse(toStoredJson(value)), {
      'k\ufffd': ['a\ufffdb', { deep: 'x\ufffdy', number: 1, nothing: null }],
    })
  })

  it('is left as it is where it only looks like one', () => {
    const value = { path: 'C:\\u0000', emoji: '💥', text: '\\ud800', date: new Date(0) }
    assert.equal(toStoredJson(value), JSON.stringify(value))
  })

  it('is null for what JSON cannot hold', () => {
    assert.equal(toStoredJson(undefined), 'null')
  })
})
