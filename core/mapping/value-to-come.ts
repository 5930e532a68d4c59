// Values that only the remote can give, where a sync is played through and nothing is sent: the id of an object that is
// not made yet. One value stands for all of them and is known by its identity, so that nothing a host or a remote says can
// be taken for it. It goes through a mapping as it is: no transform or conversion can be applied to it. PURE.
import type { PropertyValue } from '../sdk/property-value.ts'
import { isList } from './property-value.ts'

export const valueToCome: PropertyValue = Object.freeze({ toCome: 'what the remote will give' })

const answerMark = Symbol('more is to come')

/** To be put into a result whose other keys only the remote knows. */
export const moreToCome: object = Object.freeze({ [answerMark]: true })

export function hasMoreToCome(result: object): boolean {
  return answerMark in result
}

/** The value itself, or a list with it. */
export function isToCome(value: PropertyValue): boolean {
  return value === valueToCome || (isList(value) && value.includes(valueToCome))
}
