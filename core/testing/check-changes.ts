// What has changed arrives, and where nothing may be overwritten, what the remote holds stays.
import { isDeepStrictEqual } from 'node:util'
import { type ChangedField, canUpdate, changedFields } from './changed-fields.ts'
import type { CheckContext } from './check-context.ts'
import { forgetSent, pushNew } from './check-pushes.ts'
import { demand, told } from './demand.ts'
import type { TestAttempt, TestObject } from './history-view.ts'
import { leavesOf } from './leaves.ts'
import { pushedMappings, pushedModel } from './mapping-trial.ts'
import type { TestRecord } from './test-records.ts'

export async function checkChanged(context: CheckContext): Promise<void> {
  const { id, attempt: first } = await pushNew(context)
  const heldBefore = leavesOf(await context.holds())
  const records = changeRecord(context, id)
  const attempt = await context.push(id)
  const changed = attempt.objects.flatMap((object) => changedLeaves(context, object, first))
  const held = leavesOf(await context.holds())
  if (changed.length === 0) {
    const [field] = await changedFields(context.options, context.mappings, records)
    const found = demand(
      field,
      `records.change changes nothing that a mapping sends by "overwrite"; the push ended as ${told(attempt)}. Let it change such a field.`,
    )
    throw new Error(unsent(found, attempt, held))
  }
  demand(attempt.outcome === 'succeeded', `A changed record was pushed, and that ended as ${told(attempt)}.`)
  demand(
    changed.some((leaf) => held.has(leaf) && !heldBefore.has(leaf)),
    `A changed record was pushed with ${changed
      .slice(0, 3)
      .map((leaf) => `"${leaf}"`)
      .join(
        ', ',
      )}, and the provider reported ${told(attempt)}, but the remote holds none of it. Write what assignProperties gives.`,
  )
}

function changeRecord({ options, instance: { records }, changeRecord: change }: CheckContext, id: string) {
  const model = pushedModel(options)
  const former = records.get(model, id)
  change(id)
  return [former, records.get(model, id)] satisfies [TestRecord, TestRecord]
}

/** Of a field that has changed, and of which no attempt says that it was sent. */
function unsent(
  { mapping, externalField, old, value }: ChangedField,
  attempt: TestAttempt,
  held: ReadonlySet<string>,
): string {
  const change = `records.change changed "${externalField}" of the mapping "${mapping}" from ${JSON.stringify(old)} to ${JSON.stringify(value)}, which is sent by "overwrite"`
  if (attempt.outcome !== 'nothing_to_do') return `${change}, and the push ended as ${told(attempt)}.`
  const isHeld = (one: unknown): boolean => [...leavesOf(one)].some((leaf) => held.has(leaf))
  if (isHeld(value)) {
    return `${change}; the remote holds the new value, but the provider answered nothing_to_do. Answer with the action updated when something was written.`
  }
  const state = isHeld(old) ? 'still holds the old value' : 'does not hold the new value'
  return `${change}, but the provider answered nothing_to_do, and the remote ${state}. Compare what assignProperties gives with what the remote holds, write what differs, and answer with the action updated. If the remote cannot update, give the mapping the mode create, or leave overwrite out of static updateModes.`
}

// New values among those that have to be written, whatever stands there.
function changedLeaves({ mappings }: CheckContext, object: TestObject, first: TestAttempt): string[] {
  const former = first.objects.find(({ mapping, idValue }) => mapping === object.mapping && idValue === object.idValue)
  const properties = mappings.find(({ key }) => key === object.mapping)?.propertyMappings ?? []
  return properties.flatMap(({ externalField, updateMode }) => {
    if (updateMode !== 'overwrite') return []
    const old = leavesOf(former?.sent?.[externalField])
    return [...leavesOf(object.sent?.[externalField])].filter((leaf) => !old.has(leaf))
  })
}

const goodEnds = ['nothing_to_do', 'succeeded', 'skipped']

/** Where no mapping overwrites anything: also when the object has to be looked up, because what was sent is forgotten. */
export async function checkLeftAlone(context: CheckContext): Promise<void> {
  const { id } = await pushNew(context)
  const held = await context.holds()
  const [former, record] = changeRecord(context, id)
  demand(!isDeepStrictEqual(former, record), 'records.change changes nothing. Let it change a field of the record.')
  const memory = context.options.without?.memory
  for (const isForgotten of memory ? [false] : [false, true]) {
    if (isForgotten) await forgetSent(context)
    const attempt = await context.push(id)
    const what = `No mapping overwrites anything, and a changed record was pushed whose object the remote has${isForgotten ? ' and outbound-sync has forgotten (known is null)' : ''}`
    demand(
      goodEnds.includes(attempt.outcome),
      `${what}; that ended as ${told(attempt)}. That the remote has the object already is no failure: answer with the action nothing_to_do.`,
    )
    if (mayAdd(context)) continue
    const now = await context.holds()
    const keys = [...new Set([...Object.keys(held), ...Object.keys(now)])]
    const touched = keys.filter((key) => !isDeepStrictEqual(held[key], now[key]))
    demand(
      touched.length === 0,
      `${what}; that ended as ${told(attempt)}, and the remote holds something else than before: ${touched.join(', ')}. Write what assignProperties gives, with isNew only for an object that is new, and nothing by the mode create to one that is not.`,
    )
  }
}

// An empty field is filled and a list grows without anything being overwritten; without a memory all is sent again.
function mayAdd({ options, mappings }: CheckContext): boolean {
  return pushedMappings(options, mappings)
    .filter(canUpdate)
    .some(
      ({ propertyMappings }) =>
        Boolean(options.without?.memory) ||
        propertyMappings.some(({ updateMode }) => updateMode === 'if_empty' || updateMode === 'append'),
    )
}
