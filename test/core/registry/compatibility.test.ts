import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkCompatibility } from '../../../core/registry/compatibility.ts'

const plugin = { name: 'crm', version: '1.4.0', compatibility: '^0.1.0', dependencies: {} }
const none = new Map<string, string>()

describe('checkCompatibility', () => {
  it('accepts a plugin made for this version', () => {
    assert.equal(checkCompatibility(plugin, { outboundSyncVersion: '0.1.7', plugins: none }), null)
  })

  it('says which version a plugin of the future works with and which one this is', () => {
    assert.equal(
      checkCompatibility({ ...plugin, compatibility: '^99.0.0' }, { outboundSyncVersion: '0.1.0', plugins: none }),
      'The plugin "crm" 1.4.0 works with outbound-sync ^99.0.0 and this is 0.1.0: install a version of the plugin that fits.',
    )
  })

  it('takes a pre-release for the version it leads to', () => {
    const later = { ...plugin, compatibility: '^0.2.0' }
    assert.equal(checkCompatibility(later, { outboundSyncVersion: '0.2.1-beta.1', plugins: none }), null)
    assert.notEqual(checkCompatibility(plugin, { outboundSyncVersion: '0.2.0', plugins: none }), null)
  })

  it('names a version and ranges that are not semantic', () => {
    const check = (changes: Partial<typeof plugin>) =>
      checkCompatibility(
        { ...plugin, ...changes },
        { outboundSyncVersion: '0.1.0', plugins: new Map([['a', '1.0.0']]) },
      )
    assert.match(check({ version: 'newest' }) ?? '', /"crm" has the version "newest", which is no semantic version/)
    assert.match(
      check({ compatibility: 'all of them' }) ?? '',
      /compatible with "all of them", which is no semver range/,
    )
    assert.match(
      check({ dependencies: { a: 'some' } }) ?? '',
      /needs the plugin "a" in "some", which is no semver range/,
    )
  })

  it('names a dependency that is not loaded, and one of another version', () => {
    const dependent = { ...plugin, dependencies: { shop: '^2.0.0' } }
    assert.equal(
      checkCompatibility(dependent, { outboundSyncVersion: '0.1.0', plugins: none }),
      'The plugin "crm" needs the plugin "shop" ^2.0.0, which is not loaded: add it to the list of plugins.',
    )
    assert.equal(
      checkCompatibility(dependent, { outboundSyncVersion: '0.1.0', plugins: new Map([['shop', '1.9.0']]) }),
      'The plugin "crm" needs the plugin "shop" ^2.0.0, and 1.9.0 is loaded.',
    )
    assert.equal(
      checkCompatibility(dependent, { outboundSyncVersion: '0.1.0', plugins: new Map([['shop', '2.9.0']]) }),
      null,
    )
  })
})
