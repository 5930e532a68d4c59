// What the parts of an address stand for; refused alike by the API and the pages.
import { type CrmObjectType, crmObjectTypes, findObjectType } from './object-types.ts'
import { Problem } from './problem.ts'

export function requireType(name: string): CrmObjectType {
  const type = findObjectType(name)
  if (type) return type
  const known = crmObjectTypes.map((one) => one.name).join(', ')
  throw new Problem(404, 'no_such_type', `There is no object type "${name}". There are ${known}.`)
}

export function requireId(text: string): string {
  if (isId(text)) return text
  throw new Problem(404, 'object_not_found', `"${text}" is not the id of an object.`)
}

export function objectNotFound(type: CrmObjectType, id: string): Problem {
  return new Problem(404, 'object_not_found', `There is no ${type.label.toLowerCase()} with the id ${id}.`)
}

/** At most 18 digits always fit into a bigint. */
export function isId(text: string): boolean {
  return /^\d{1,18}$/.test(text)
}
