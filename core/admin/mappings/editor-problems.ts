// Where in the form of a mapping a place of the mapping is filled in, so that what is wrong with the mapping is told at its
// field. PURE.
import type { FormProblem } from '../forms/form.ts'
import type { EditedMapping, EditedProperty } from './edited-mapping.ts'

/** @param path below the mapping, such as `propertyMappings.2.source.field` */
export function placeProblem(
  { path, message }: { path: string; message: string },
  { edited, prefix }: { edited: EditedMapping; prefix: string },
): FormProblem {
  return { name: `${prefix}.${nameOf(path.split('.'), edited)}`, text: message }
}

function nameOf([first = '', ...rest]: readonly string[], edited: EditedMapping): string {
  switch (first) {
    case 'sourceIdField':
    case 'externalIdField':
    case 'mode':
      return first
    case 'when':
      return conditionName(rest, edited)
    case 'whenNoLonger': {
      const [part, index = '', ...below] = rest
      const { whenNoLonger } = edited
      if (part !== 'update' || whenNoLonger.kind !== 'update') return 'whenNoLonger.kind'
      if (index === '') return 'whenNoLonger.update.properties'
      return propertyName(`whenNoLonger.update.properties.${index}`, below, whenNoLonger.properties[Number(index)])
    }
    case 'propertyMappings': {
      const [index = '', ...below] = rest
      return index === '' ? 'properties' : propertyName(`properties.${index}`, below, edited.properties[Number(index)])
    }
    default:
      // The object type and the model are no fields of the form; both say what all fields mean.
      return 'sourceIdField'
  }
}

function conditionName(path: readonly string[], { when }: EditedMapping): string {
  if (when.kind === 'always') return 'when.kind'
  if (when.kind === 'json') return 'when.json.condition'
  // One test alone is stored without a list around it.
  const [index, field] = path[0] === 'all' || path[0] === 'any' ? [path[1] ?? '0', path[2]] : ['0', path[0]]
  return `when.${when.kind}.rules.${index}.${field === 'field' ? 'field' : 'value'}`
}

function propertyName(at: string, path: readonly string[], property: EditedProperty | undefined): string {
  const [first, ...rest] = path
  const kind = property?.from.kind ?? 'field'
  if (first === 'externalField' || first === 'updateMode') return `${at}.${first}`
  if (first === 'transforms') return rest[0] === undefined ? `${at}.transforms` : `${at}.transforms.${rest[0]}.name`
  if (first === 'source') {
    const field = rest[0] === 'constant' ? kind : rest[0]
    return field && property && Object.hasOwn(property.from, field) ? `${at}.from.${kind}.${field}` : `${at}.from.kind`
  }
  if (first === 'each' && rest[0] === 'propertyMappings' && property && 'properties' in property.from) {
    const [, index, ...below] = rest
    const list = `${at}.from.${kind}.properties`
    return index === undefined ? list : propertyName(`${list}.${index}`, below, property.from.properties[Number(index)])
  }
  return `${at}.from.kind`
}
