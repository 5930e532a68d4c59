// A host whose visitors answer questions: each event has its own, under keys of its own.
import { definePlugin, type Plugin } from '../../../../core/sdk/plugin.ts'
import type { SourceField, SourceModel } from '../../../../core/sdk/source-model.ts'

export const conference = 'organizer:acme/event:conf26'
export const fair = 'organizer:acme/event:fair27'
export const unreadable = 'organizer:acme/event:broken'

const field = (key: string, label: string, options?: SourceField['options']): SourceField => ({
  key,
  label,
  category: { label: 'Visitor', sortIndex: 1 },
  type: options ? 'choice' : 'text',
  ...(options ? { options } : {}),
  requiredInput: 'visitor',
  getter: () => null,
})
const diets = (prefix: string) => [
  { key: `${prefix}1`, label: 'Vegan' },
  { key: `${prefix}2`, label: 'Anything' },
]
const questions: Record<string, SourceField[]> = {
  [conference]: [
    field('question_1', 'Shoe size'),
    field('question_2', 'Diet', diets('a')),
    field('question_3', 'Only at the conference'),
  ],
  [fair]: [field('question_8', 'Shoe size'), field('question_9', 'Diet', diets('b'))],
}

const visitors: SourceModel = {
  name: 'Visitor',
  label: 'Visitor',
  labelPlural: 'Visitors',
  inputs: ['visitor'],
  nested: {},
  filters: [],
  async fields(_model, scope) {
    if (scope === unreadable) throw new Error('the questions are out')
    return [field('code', 'Code'), ...(questions[scope] ?? [])]
  },
  load: async () => [],
  page: async () => ({ records: [], next: null }),
  count: async () => 0,
}

export const visitorPlugin: Plugin = definePlugin({
  name: 'visitors',
  displayName: 'Visitors',
  version: '1.0.0',
  compatibility: '*',
  level: 'instance',
  setup: () => ({ sourceModels: [visitors] }),
})

export const visitorMapping = {
  key: 'visitors',
  sourceModel: 'Visitor',
  externalObjectType: 'deal',
  sourceIdField: 'code',
  externalIdField: 'code',
  propertyMappings: [
    { externalField: 'amount', source: { field: 'question_1' }, transforms: [{ name: 'number' }] },
    {
      externalField: 'contact_email',
      source: { field: 'question_2' },
      valueMap: { a1: 'v@x.example', a2: 'x@x.example' },
    },
    { externalField: 'code', source: { field: 'question_3' } },
  ],
}
