// The calls of one object type, made: what the remote answers becomes a value here, or an error that says which call of the
// definition was made and what did not fit.
import {
  type HttpClient,
  type HttpResponse,
  type PropertyValue,
  RejectedError,
  SyncConfigError,
} from '../../core/sdk/index.ts'
import type { RestDefinition } from './definition.ts'
import { type AnswerCondition, type Call, isStatusOf } from './definition-parts.ts'
import { bodyOf, errorFromTable, fits } from './error-table.ts'
import { fillCall } from './fill-call.ts'
import type { ObjectTypeDefinition } from './object-type-schema.ts'
import { readPath } from './paths.ts'
import type { Known } from './placeholders.ts'
import { idOf, type Values, valuesOf } from './remote-values.ts'

export interface FoundObject {
  id: string
  values: Values
  /** As the remote nests them. */
  held: PropertyValue
}

export interface RemoteCalls {
  /** Null when the remote has none. */
  find(known: Known): Promise<FoundObject | null>
  /** `exists`: the remote has one already, by its id where the answer names it. */
  create(known: Known): Promise<{ outcome: 'created'; id: string | null } | { outcome: 'exists'; id: string | null }>
  /** False when it is gone. */
  update(known: Known): Promise<boolean>
  /** False when it was gone already. */
  remove(known: Known): Promise<boolean>
  batch(known: Known): Promise<HttpResponse>
}

export const isUsed = ({ path }: Pick<Call, 'path'>): boolean => path !== ''

// Every one that a definition may name: which of them count is decided by the condition, not by the status alone.
const allRefusals = Array.from({ length: 100 }, (_, index) => 400 + index).filter(
  (status) => ![401, 403, 407, 429].includes(status),
)

export function createRemoteCalls({
  definition,
  type,
  http,
  signal,
}: {
  definition: RestDefinition
  type: ObjectTypeDefinition
  http: HttpClient
  signal: AbortSignal
}): RemoteCalls {
  /** Null when the condition holds. */
  async function send(
    name: string,
    call: Call,
    known: Known,
    condition: AnswerCondition | null,
  ): Promise<{ response: HttpResponse; isMet: boolean }> {
    if (!isUsed(call))
      throw new SyncConfigError(
        `The definition of ${definition.displayName} has no call "${name}" for ${type.label}. Add it to the definition, or choose another mode in the mapping.`,
      )
    const request = fillCall(definition, call, known)
    const expectStatus =
      condition === null ? [] : allRefusals.filter((status) => isStatusOf(status, condition.statuses))
    const response = await http.request({ ...request, expectStatus, signal })
    if (condition !== null && fits(condition, response.status, bodyOf(response))) return { response, isMet: true }
    if (response.status < 400) return { response, isMet: false }
    const told = { method: call.method, url: request.url }
    throw (
      errorFromTable(definition.errors, response, told) ??
      new RejectedError(
        `${call.method} ${request.url} was answered with ${response.status}, and not with what the definition expects of the call "${name}" (${condition?.path} equals ${condition?.equals || 'anything'}). The answer: ${response.excerpt()}`,
      )
    )
  }

  const misfit = (name: string, response: HttpResponse, what: string): SyncConfigError =>
    new SyncConfigError(
      `${definition.displayName} answered the call "${name}" of ${type.label} with ${response.status}, and ${what}. Correct the definition. The answer: ${response.excerpt()}`,
    )

  function toFound(object: unknown, response: HttpResponse): FoundObject {
    const { idPath, valuesPath } = type.find
    const id = idOf(readPath(object, idPath))
    if (id === null) throw misfit('find', response, `the found object has no id at "${idPath}"`)
    const held = readPath(object, valuesPath)
    // Parsed from JSON.
    return { id, held: (held ?? {}) as PropertyValue, values: valuesOf(type, held) }
  }

  return Object.freeze({
    async find(known) {
      const { find } = type
      const { response, isMet } = await send('find', find, known, find.notFound)
      if (isMet || response.status === 204) return null
      const answer = response.json()
      const there = readPath(answer, find.objectsPath)
      if (there === undefined) throw misfit('find', response, `there is nothing at "${find.objectsPath}"`)
      const list: readonly unknown[] = there === null ? [] : Array.isArray(there) ? there : [there]
      const objects = list
        .map((object) => toFound(object, response))
        .filter((object) => !find.isExact || isExactly(object, known))
      const [first, second] = objects
      if (first && second && find.whenSeveral === 'refuse') {
        throw new RejectedError(
          `${definition.displayName} has ${objects.length} objects "${type.label}" with ${known.idField} "${known.id}": ${objects
            .slice(0, 5)
            .map(({ id }) => id)
            .join(', ')}. Merge them there.`,
        )
      }
      return first ?? null
    },
    async create(known) {
      const { create } = type
      const { response, isMet } = await send('create', create, known, create.exists)
      if (isMet) {
        const id = create.existingIdPath === '' ? null : idOf(readPath(bodyOf(response), create.existingIdPath))
        return { outcome: 'exists', id }
      }
      if (create.idFrom === 'find') return { outcome: 'created', id: null }
      if (create.idFrom === 'location_header') {
        const last = response.headers.location
          ?.replace(/[?#].*$/s, '')
          .split('/')
          .findLast(Boolean)
        if (last === undefined)
          throw misfit('create', response, 'there is no Location header, at the end of which the id should stand')
        return { outcome: 'created', id: decoded(last) }
      }
      const id = idOf(readPath(response.json(), create.idPath))
      if (id === null) throw misfit('create', response, `there is no id at "${create.idPath}"`)
      return { outcome: 'created', id }
    },
    async update(known) {
      return !(await send('update', type.update, known, type.update.notFound)).isMet
    },
    async remove(known) {
      return !(await send('delete', type.delete, known, type.delete.notFound)).isMet
    },
    async batch(known) {
      return (await send('batch', type.batch, known, null)).response
    },
  } satisfies RemoteCalls)
}

function isExactly({ values }: FoundObject, { id = '', idField = '' }: Known): boolean {
  const value = Object.hasOwn(values, idField) ? values[idField] : undefined
  return value !== undefined && String(value).toLowerCase() === id.toLowerCase()
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A remote that does not encode its ids.
    return text
  }
}
