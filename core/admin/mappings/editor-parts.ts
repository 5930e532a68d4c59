// What the form of one mapping is drawn from: the lists to pick from, with the values of a real record beside them.
import type { ExternalObjectType } from '../../sdk/external-object-type.ts'
import type { MappingDocument, ObjectMapping } from '../../sdk/mapping.ts'
import type { EditorParts } from './editor-schema.ts'
import { createFieldList, type FieldList } from './field-list.ts'
import { type EndModel, findEndModel, type MappingEnds } from './mapping-ends.ts'
import type { SampleRecord } from './sample-record.ts'

export interface FieldGroup {
  title: string
  /** By category, in the order of the host. */
  categories: readonly {
    label: string
    fields: readonly { key: string; label: string; type: string; value: string }[]
  }[]
}

export function editorParts(
  ends: MappingEnds,
  {
    mapping,
    index,
    document,
    sample,
  }: {
    mapping: ObjectMapping
    index: number
    document: MappingDocument
    sample: SampleRecord | null
  },
): { parts: EditorParts; groups: readonly FieldGroup[] } {
  const found = findEndModel(ends, mapping.sourceModel)
  const model: EndModel = found?.model ?? {
    name: mapping.sourceModel,
    label: mapping.sourceModel,
    inputs: [],
    fields: [],
  }
  // Only a root record has others within it.
  const nested = found && found.root === found.model ? found.root.nested : []
  const objectType = ends.objectTypes.find(({ name }) => name === mapping.externalObjectType) ?? null
  const used = JSON.stringify(mapping)
  const listOf = (one: EndModel, id: string): FieldList =>
    createFieldList(
      id,
      pickable(one, used).map((field) => ({
        key: field.key,
        label: field.label,
        hint: [field.type.replaceAll('_', ' '), field.category.label, sample?.valueOf(one, field.key) ?? '']
          .filter(Boolean)
          .join(' · '),
      })),
    )
  const label = (name: string) => findEndModel(ends, name)?.model.label ?? name
  return {
    parts: {
      modelLabel: model.label,
      objectType,
      objectLabel: objectType?.label ?? mapping.externalObjectType,
      lists: {
        source: listOf(model, 'source-fields'),
        external: externalList(objectType),
        nested: nested.map((one, position) => ({
          name: one.name,
          label: one.label,
          list: listOf(one, `source-fields-${position}`),
        })),
      },
      updateModes: ends.updateModes,
      earlier: document.slice(0, index).map(({ key, sourceModel, externalObjectType }) => ({
        key,
        title: `${label(sourceModel)} to ${externalObjectType}`,
      })),
      models: ends.models.flatMap((root) =>
        [root, ...root.nested].map(({ name, label: title }) => ({ name, label: title })),
      ),
    },
    groups: [model, ...nested].map((one) => groupOf(one, used, sample)),
  }
}

function externalList(objectType: ExternalObjectType | null): FieldList {
  return createFieldList(
    'external-fields',
    (objectType?.fields ?? []).map(({ key, label, type, isRequired }) => ({
      key,
      label,
      hint: isRequired ? `${type.replaceAll('_', ' ')} · required` : type.replaceAll('_', ' '),
    })),
  )
}

// What is deprecated is offered only where it is used already.
const pickable = ({ fields }: EndModel, used: string) =>
  fields
    .filter(({ key, isDeprecated }) => !isDeprecated || used.includes(JSON.stringify(key)))
    .toSorted((left, right) => left.category.sortIndex - right.category.sortIndex)

function groupOf(model: EndModel, used: string, sample: SampleRecord | null): FieldGroup {
  const byCategory = Map.groupBy(pickable(model, used), ({ category }) => category.label)
  return {
    title: model.label,
    categories: [...byCategory].map(([label, fields]) => ({
      label,
      fields: fields.map((field) => ({
        key: field.key,
        label: field.label,
        type: field.type.replaceAll('_', ' '),
        value: sample?.valueOf(model, field.key) ?? '',
      })),
    })),
  }
}
