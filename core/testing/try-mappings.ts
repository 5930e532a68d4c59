// The mappings, computed from the records that the checks push: what can only be seen with values in hand, such as a text
// that is no number, or a record without the value that identifies its object.
import type { ObjectMapping } from '../sdk/mapping.ts'
import type { ConformanceOptions } from './conformance-options.ts'
import { demand } from './demand.ts'
import { type MappingTrial, mapRecord, pushedMappings, pushedModel } from './mapping-trial.ts'
import { changedOrder, sampleOrder } from './sample-order.ts'

/** @param given mappings, and what they are called */
export async function tryMappings(
  options: ConformanceOptions,
  { trial, given, title }: { trial: MappingTrial; given: readonly ObjectMapping[]; title: string },
): Promise<void> {
  const { make, change } = options.records ?? { make: sampleOrder, change: changedOrder }
  const model = pushedModel(options)
  const mappings = pushedMappings(options, given)
  demand(
    mappings.length > 0,
    `No mapping is of ${model}, whose records are pushed; looked for in ${title}. Give \`mappings\` that are, correct \`records.model\`, or hand in \`models\` and \`records\` to test with source models of your own.`,
  )
  const context = { options, trial, mappings }
  const made = (await mapRecord(context, 'records.make(1)', make(1))).map(({ result }) => result)
  const reasons = made.flatMap((result) => (result.kind === 'skipped' ? [result.reason] : []))
  demand(
    made.some(({ kind }) => kind === 'object'),
    `The mappings make no object of records.make(1), so nothing would be sent. ${[...new Set(reasons)].join(' ')}`,
  )
  await mapRecord(context, 'records.change(records.make(1))', change(make(1)))
}
