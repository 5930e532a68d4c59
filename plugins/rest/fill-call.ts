// One call of a definition as a request: address, query, headers and body filled with what is known. PURE.
import { type HttpRequest, type PropertyValue, RejectedError } from '../../core/sdk/index.ts'
import type { RestDefinition } from './definition.ts'
import type { Call } from './definition-parts.ts'
import { fillJson, parseJsonTemplate } from './fill-json.ts'
import { fillUrl } from './fill-url.ts'
import { placeUnder } from './paths.ts'
import { fillHeader, fillPlain, type Known, textOf } from './placeholders.ts'

export function fillCall(
  definition: Pick<RestDefinition, 'baseUrl' | 'headers' | 'idempotencyHeader'>,
  call: Call,
  known: Known,
): HttpRequest {
  const headers = Object.fromEntries(
    [...definition.headers, ...call.headers].map(({ name, value }) => [
      name.toLowerCase(),
      fillHeader(name, value, known),
    ]),
  )
  const { idempotencyHeader } = definition
  if (idempotencyHeader !== '' && known.idempotencyKey !== undefined)
    headers[idempotencyHeader.toLowerCase()] = known.idempotencyKey
  return {
    method: call.method,
    url: fillUrl({ baseUrl: definition.baseUrl, path: call.path, known }),
    query: Object.fromEntries(call.query.map(({ name, value }) => [fillPlain(name, known), fillPlain(value, known)])),
    headers,
    ...bodyOf(call, known),
  }
}

function bodyOf(call: Call, known: Known): Pick<HttpRequest, 'json' | 'form'> {
  const properties = known.properties ?? {}
  switch (call.body) {
    case 'none':
      return {}
    case 'json':
      return { json: placeUnder(call.bodyPath, properties) }
    case 'template':
      return { json: fillJson(parseJsonTemplate(call.bodyTemplate), known) }
    case 'form':
      return { form: Object.fromEntries(formFields(properties)) }
  }
}

function formFields(properties: PropertyValue): [string, string][] {
  const fields = typeof properties === 'object' && properties !== null ? Object.entries(properties) : []
  return fields.map(([name, value]) => {
    const isFlat =
      typeof value !== 'object' ||
      value === null ||
      (Array.isArray(value) && value.every((item) => typeof item !== 'object'))
    if (isFlat) return [name, textOf(value)]
    throw new RejectedError(
      `The property "${name}" is an object, and a form takes texts only. Map another field, or let the call send JSON.`,
    )
  })
}
