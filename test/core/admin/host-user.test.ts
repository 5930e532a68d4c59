// What a host's identify() may answer wrongly, and that this is told once and clearly.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { User } from '../../../core/sdk/user.ts'
import { type AdminFixture, createAdminFixture } from './admin-fixture.ts'

describe("the answer of a host's identify()", () => {
  let fixture: AdminFixture
  let answer: unknown
  before(async () => {
    // What a host in JavaScript can answer.
    fixture = await createAdminFixture({ identify: () => answer as User | null })
  })
  after(() => fixture.close())

  const errorsAfter = async (given: unknown): Promise<{ status: number; errors: string[] }> => {
    answer = given
    fixture.logged.length = 0
    const { status } = await fetch(`${fixture.origin}/connections`)
    return { status, errors: fixture.logged.map(({ data }) => String(Reflect.get(data, 'error'))) }
  }
  const must = 'identify() must answer { id, name, can(permission, scope) }, or null for nobody; '

  for (const [what, given, problem] of [
    ['has no can', { id: '1', name: 'Ann' }, 'what it answered has no can.'],
    ['has nothing', {}, 'what it answered has no id that is a text, no name that is a text, no can.'],
    [
      'can only say later what it may',
      { id: '1', name: 'Ann', can: async () => false },
      'its can() answered a promise, and must answer true or false at once.',
    ],
  ] as const) {
    it(`is refused when it ${what}, with one error that says so`, async () => {
      const { status, errors } = await errorsAfter(given)
      assert.equal(status, 500)
      assert.equal(errors.length, 1, errors.join('\n'))
      assert.ok(errors[0]?.endsWith(`${must}${problem}`), errors[0])
    })
  }

  it('is taken when it is a user, and nobody is no error', async () => {
    assert.deepEqual(await errorsAfter({ id: '1', name: 'Ann', can: () => true }), { status: 200, errors: [] })
    assert.deepEqual(await errorsAfter(null), { status: 403, errors: [] })
  })
})
