// The JSON side of the Demo CRM: what each route of the API does. Every refusal is a Problem with its status.
import { type PropertyValue, z } from '../../core/sdk/index.ts'
import { checkProperties, checkText } from './check-properties.ts'
import {
  type CrmObject,
  countObjects,
  deleteObject,
  type ExecuteSql,
  insertObject,
  listObjects,
  maxIdValueLength,
  readObject,
  updateObject,
} from './crm-objects.ts'
import { type CrmObjectType, crmObjectTypes } from './object-types.ts'
import { isId, objectNotFound, requireId, requireType } from './path-parameters.ts'
import { Problem } from './problem.ts'

interface ApiRequest {
  method: string
  /** Decoded parts of the path behind `/api`. */
  path: readonly string[]
  query: URLSearchParams
  /** Reads and parses the body; throws a Problem for anything that is no JSON. */
  readJson(): Promise<unknown>
}

interface ApiAnswer {
  status: number
  headers?: Readonly<Record<string, string>>
  /** Left out for an answer without a body. */
  json?: unknown
}

interface ApiContext {
  executeSql: ExecuteSql
  /** Tells two Demo CRMs apart; see service.ts. */
  instanceId: string
}

const propertiesSchema = z.record(z.string(), z.json())
const createSchema = z.strictObject({
  idField: z.string(),
  idValue: z.string().min(1).max(maxIdValueLength),
  properties: propertiesSchema,
})
const updateSchema = z.strictObject({ properties: propertiesSchema })

export async function answerApi(context: ApiContext, request: ApiRequest): Promise<ApiAnswer> {
  const [room, typeName, id, ...rest] = request.path
  if (rest.length === 0 && room === 'instance' && typeName === undefined) {
    allow(request, ['GET'])
    return { status: 200, json: { product: 'Demo CRM', apiVersion: 1, instanceId: context.instanceId } }
  }
  if (rest.length === 0 && room === 'schema' && typeName === undefined) {
    allow(request, ['GET'])
    return { status: 200, json: { types: crmObjectTypes } }
  }
  if (rest.length > 0 || room !== 'objects') {
    throw new Problem(404, 'no_such_route', `The API has no route /api/${request.path.join('/')}.`)
  }
  if (typeName === undefined) return answerTypes(context, request)
  const type = requireType(typeName)
  return id === undefined ? answerType(context, request, type) : answerObject(context, request, type, requireId(id))
}

async function answerTypes({ executeSql }: ApiContext, request: ApiRequest): Promise<ApiAnswer> {
  allow(request, ['GET'])
  const counts = await countObjects(executeSql)
  const types = crmObjectTypes.map(({ name, label }) => ({ name, label, count: counts.get(name) ?? 0 }))
  return { status: 200, json: { types } }
}

async function answerType(context: ApiContext, request: ApiRequest, type: CrmObjectType): Promise<ApiAnswer> {
  allow(request, ['GET', 'POST'])
  if (request.method === 'POST') return createObject(context, request, type)
  const { objects, next } = await listObjects(context.executeSql, { type: type.name, ...readListQuery(request.query) })
  return { status: 200, json: { results: objects.map(present), next } }
}

async function createObject({ executeSql }: ApiContext, request: ApiRequest, type: CrmObjectType): Promise<ApiAnswer> {
  const { idField, idValue, properties } = parseBody(createSchema, await request.readJson())
  const problems = checkProperties(type, { ...properties, [idField]: idValue })
  if (!type.idFields.includes(idField)) {
    problems.push({ property: idField, message: `does not identify a ${type.label.toLowerCase()}` })
  }
  if (Object.hasOwn(properties, idField) && properties[idField] !== idValue) {
    problems.push({ property: idField, message: 'differs from the value that identifies the object' })
  }
  refuse(type, problems)
  const { set } = splitCleared({ ...properties, [idField]: idValue })
  const { id, isNew } = await insertObject(executeSql, { type: type.name, idField, idValue, properties: set })
  if (isNew) return { status: 201, headers: { location: `/api/objects/${type.name}/${id}` }, json: { id } }
  throw new Problem(409, 'object_exists', `There is a ${type.label.toLowerCase()} with ${idField} "${idValue}".`, {
    id,
  })
}

async function answerObject(
  { executeSql }: ApiContext,
  request: ApiRequest,
  type: CrmObjectType,
  id: string,
): Promise<ApiAnswer> {
  allow(request, ['GET', 'PATCH', 'DELETE'])
  if (request.method === 'GET') {
    const object = await readObject(executeSql, type.name, id)
    if (!object) throw objectNotFound(type, id)
    return { status: 200, json: present(object) }
  }
  if (request.method === 'DELETE') {
    if (!(await deleteObject(executeSql, type.name, id))) throw objectNotFound(type, id)
    return { status: 204 }
  }
  const { properties } = parseBody(updateSchema, await request.readJson())
  refuse(type, checkProperties(type, properties))
  const result = await updateObject(executeSql, { type: type.name, id, ...splitCleared(properties) })
  switch (result.outcome) {
    case 'missing':
      throw objectNotFound(type, id)
    case 'identity_lost':
      throw new Problem(422, 'invalid_properties', 'The field that identifies the object cannot be emptied.')
    case 'identity_taken': {
      const detail = `Another ${type.label.toLowerCase()} has this identity already.`
      throw new Problem(409, 'object_exists', detail, { id: result.holderId })
    }
    default:
      return { status: 200, json: { id, isChanged: result.outcome === 'changed', properties: result.properties } }
  }
}

function present(object: CrmObject): Record<string, unknown> {
  return { ...object, createdAt: object.createdAt.toISOString(), updatedAt: object.updatedAt.toISOString() }
}

// Null clears a property: it is not kept as a value.
function splitCleared(properties: Readonly<Record<string, PropertyValue>>): {
  set: Record<string, PropertyValue>
  remove: string[]
} {
  const entries = Object.entries(properties)
  return {
    set: Object.fromEntries(entries.filter(([, value]) => value !== null)),
    remove: entries.filter(([, value]) => value === null).map(([key]) => key),
  }
}

function readListQuery(query: URLSearchParams): Pick<Parameters<typeof listObjects>[1], 'after' | 'limit' | 'field'> {
  const after = query.get('after') ?? '0'
  const limit = query.get('limit') ?? '100'
  const field = query.get('field')
  const value = query.get('value')
  if (!isId(after)) throw new Problem(400, 'bad_query', 'The parameter "after" must be the id of an object.')
  if (!/^\d{1,4}$/.test(limit) || Number(limit) < 1 || Number(limit) > 1000) {
    throw new Problem(400, 'bad_query', 'The parameter "limit" must be a number from 1 to 1000.')
  }
  if ((field === null) !== (value === null)) {
    throw new Problem(400, 'bad_query', 'The parameters "field" and "value" are needed together.')
  }
  if (field === null || value === null) return { after, limit: Number(limit) }
  if (checkText(field) !== null || checkText(value) !== null) {
    throw new Problem(400, 'bad_query', 'The parameters "field" and "value" hold characters that cannot be stored.')
  }
  return { after, limit: Number(limit), field: { key: field, value } }
}

function parseBody<Output>(schema: z.ZodType<Output>, body: unknown): Output {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  throw new Problem(422, 'invalid_body', `The body is not as expected. ${z.prettifyError(parsed.error)}`)
}

function refuse(type: CrmObjectType, problems: readonly { property: string; message: string }[]): void {
  if (problems.length === 0) return
  const list = problems.map(({ property, message }) => `${property} ${message}`).join('; ')
  throw new Problem(422, 'invalid_properties', `The ${type.label.toLowerCase()} was not stored: ${list}.`, {
    errors: problems,
  })
}

function allow(request: ApiRequest, methods: readonly string[]): void {
  if (methods.includes(request.method)) return
  throw new Problem(405, 'method_not_allowed', `${request.method} is not possible here; ${methods.join(', ')} are.`, {
    allow: methods,
  })
}
