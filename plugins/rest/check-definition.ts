// What no single field of a definition can know: whether names are used once, placeholders mean something where they stand,
// and the calls of an object type are enough to work with. Each problem is told at its own path.
import type { z } from '../../core/sdk/index.ts'
import { messageOf } from '../../core/sdk/index.ts'
import { type AuthDefinition, credentialFields } from './auth-schema.ts'
import type { Call } from './definition-parts.ts'
import { parseJsonTemplate } from './fill-json.ts'
import { callNames, type ObjectTypeDefinition, withAllCalls } from './object-type-schema.ts'
import { parseText, placeholderProblem, type WordName } from './placeholders.ts'

interface Checked {
  baseUrl: string
  settings: readonly { name: string; type: string; choices: readonly unknown[] }[]
  auth: AuthDefinition
  headers: readonly { value: string }[]
  objectTypes: readonly Parameters<typeof withAllCalls>[0][]
  errors: readonly { when: { statuses: string; path: string } }[]
  test?: Call | undefined
}

type Path = readonly PropertyKey[]
type Report = (path: Path, message: string) => void

export function checkDefinition(definition: Checked, context: z.core.$RefinementCtx): void {
  const report: Report = (path, message) => context.addIssue({ code: 'custom', path: [...path], message })
  const settings = definition.settings.map(({ name }) => name)
  const text = (path: Path, given: string, words: readonly WordName[], fields: readonly string[] | null = null) => {
    const problem = placeholderProblem(given, { words, settings, fields })
    if (problem !== null) report(path, problem)
  }
  checkNames(settings, (index) => report(['settings', index, 'name'], 'is the name of another setting already'))
  for (const [index, { name, type, choices }] of definition.settings.entries()) {
    if (type === 'choice' && choices.length === 0) report(['settings', index, 'choices'], 'must have at least one')
    if (credentialFields[definition.auth.kind].includes(name)) {
      report(
        ['settings', index, 'name'],
        `is a field of the sign-in (${definition.auth.kind}) already: choose another name`,
      )
    }
  }
  text(['baseUrl'], definition.baseUrl, [])
  checkAddress(definition.baseUrl, (message) => report(['baseUrl'], message))
  for (const [index, header] of definition.headers.entries()) text(['headers', index, 'value'], header.value, [])
  checkAuth(definition.auth, report, (path, given, fields) => text(path, given, [], fields))
  for (const [index, { when }] of definition.errors.entries()) {
    if (when.statuses === '' && when.path === '') report(['errors', index, 'when'], 'must have statuses or a path')
  }
  const call = (path: Path, one: Call, words: readonly WordName[], fields: readonly string[] | null) =>
    checkCall(
      one,
      words,
      (at, message) => report([...path, ...at], message),
      (at, given, known) => text([...path, ...at], given, known, fields),
    )
  if (definition.test) call(['test'], definition.test, [], null)
  if (definition.test?.path === '') report(['test', 'path'], 'must not be empty')
  checkNames(
    definition.objectTypes.map(({ name }) => name),
    (index) => report(['objectTypes', index, 'name'], 'is the name of another object type already'),
  )
  const secrets = definition.settings.filter(({ type }) => type === 'secret').map(({ name }) => `settings.${name}`)
  for (const [index, stored] of definition.objectTypes.entries()) {
    const type = withAllCalls(stored)
    const path = ['objectTypes', index]
    for (const name of callNames) {
      if (stored[name]?.path === '') report([...path, name, 'path'], 'must not be empty')
    }
    const fields = type.fields.map(({ key }) => key)
    call([...path, 'find'], type.find, ['id', 'idField'], fields)
    call([...path, 'create'], type.create, ['id', 'idField', 'idempotencyKey', 'properties'], fields)
    call([...path, 'update'], type.update, ['id', 'idField', 'remoteId', 'idempotencyKey', 'properties'], fields)
    call([...path, 'delete'], type.delete, ['id', 'idField', 'remoteId', 'idempotencyKey'], fields)
    call([...path, 'batch'], type.batch, ['idempotencyKey'], null)
    call([...path, 'discovery'], type.discovery, [], null)
    checkObjectType(type, (at, message) => report([...path, ...at], message))
    for (const name of ['link', 'linkText'] as const) {
      text([...path, name], type[name], ['id', 'idField', 'remoteId'], fields)
      const secret = secrets.find((one) => usesName(type[name], one))
      if (secret) report([...path, name], `holds {{${secret}}}, which is a secret, and links are shown to people`)
    }
    if (type.link !== '') checkAddress(type.link, (message) => report([...path, 'link'], message), true)
  }
}

function checkCall(
  call: Call,
  words: readonly WordName[],
  report: Report,
  text: (path: Path, given: string, words: readonly WordName[]) => void,
): void {
  if (call.path === '') return
  const plain = words.filter((word) => word !== 'properties')
  text(['path'], call.path, plain)
  for (const list of ['query', 'headers'] as const) {
    for (const [index, { name, value }] of call[list].entries()) {
      text([list, index, 'name'], name, plain)
      text([list, index, 'value'], value, plain)
    }
  }
  if (call.method === 'GET' && call.body !== 'none') report(['body'], 'must be none for GET, or choose another method')
  if (call.body !== 'template') return
  text(['bodyTemplate'], call.bodyTemplate, words)
  try {
    parseJsonTemplate(call.bodyTemplate)
  } catch (error) {
    report(['bodyTemplate'], messageOf(error))
  }
}

function checkObjectType(
  { fields, find, create, update, delete: remove, batch, discovery }: ObjectTypeDefinition,
  report: Report,
): void {
  const isUsed = (call: Call) => call.path !== ''
  checkNames(
    fields.map(({ key }) => key),
    (index) => report(['fields', index, 'key'], 'is the key of another field already'),
  )
  if (!fields.some(({ isIdentifier }) => isIdentifier))
    report(['fields'], 'must have at least one that identifies an object')
  if (![create, update, batch].some(isUsed))
    report(['create'], 'must be used, or update, or many at once: nothing could be sent')
  for (const [name, call] of [
    ['find', find],
    ['delete', remove],
    ['discovery', discovery],
  ] as const) {
    if (isUsed(call) && !['none', 'template'].includes(call.body))
      report([name, 'body'], 'must be none or template here')
  }
  if (isUsed(create) && create.idFrom === 'find' && !isUsed(find))
    report(['create', 'idFrom'], 'needs the find call, which has no path')
  const knowsExisting = create.exists.statuses !== '' || create.exists.path !== ''
  if (isUsed(create) && knowsExisting && !isUsed(find) && create.existingIdPath === '') {
    report(
      ['create', 'existingIdPath'],
      'must be there, or the path of the find call: what exists could not be updated',
    )
  }
  if (isUsed(update) && usesName(update.path, 'remoteId') && !isUsed(find) && !isUsed(create)) {
    report(['update', 'path'], 'holds {{remoteId}}, which nobody knows without a find or a create call: use {{id}}')
  }
  if (isUsed(batch) && batch.body !== 'json') report(['batch', 'body'], 'must be json here')
  if (isUsed(batch) && batch.correlation === 'identifier' && batch.identifierPath === '')
    report(['batch', 'identifierPath'], 'must not be empty')
  if (isUsed(batch) && batch.statusPath !== '' && batch.successValues === '')
    report(['batch', 'successValues'], 'must not be empty')
  const { kind, parameter, nextPath } = discovery.pagination
  if (isUsed(discovery) && ['page', 'offset', 'cursor'].includes(kind) && parameter === '')
    report(['discovery', 'pagination', 'parameter'], 'must not be empty')
  if (isUsed(discovery) && ['cursor', 'next_url'].includes(kind) && nextPath === '')
    report(['discovery', 'pagination', 'nextPath'], 'must not be empty')
}

function checkAuth(
  { kind, apiKey, session, oauth2 }: AuthDefinition,
  report: Report,
  text: (path: Path, given: string, fields: readonly string[] | null) => void,
): void {
  const needed = (path: Path, value: string) => {
    if (value === '') report(['auth', ...path], 'must not be empty')
  }
  if (kind === 'api_key') needed(['apiKey', 'name'], apiKey.name)
  if (kind === 'session') {
    needed(['session', 'path'], session.path)
    if (session.tokenPath === '' && session.send.in !== 'cookie') needed(['session', 'tokenPath'], '')
    needed(['session', 'send', 'name'], session.send.name)
    if (session.method === 'GET' && session.bodyTemplate !== '')
      report(['auth', 'session', 'bodyTemplate'], 'must be empty for GET')
    text(['auth', 'session', 'path'], session.path, null)
    text(['auth', 'session', 'bodyTemplate'], session.bodyTemplate, credentialFields.session)
    try {
      if (session.bodyTemplate !== '') parseJsonTemplate(session.bodyTemplate)
    } catch (error) {
      report(['auth', 'session', 'bodyTemplate'], messageOf(error))
    }
  }
  if (kind === 'oauth2') {
    if (oauth2.grant === 'client_credentials' && oauth2.clientAuthentication === 'none') {
      report(['auth', 'oauth2', 'clientAuthentication'], 'must be basic or post for client credentials')
    }
    const addresses =
      oauth2.grant === 'authorization_code' ? (['authorizationUrl', 'tokenUrl'] as const) : (['tokenUrl'] as const)
    for (const name of addresses) {
      needed(['oauth2', name], oauth2[name])
      if (oauth2[name] !== '') checkAddress(oauth2[name], (message) => report(['auth', 'oauth2', name], message), true)
      text(['auth', 'oauth2', name], oauth2[name], null)
    }
  }
}

// An address is complete, or begins with a setting that holds a complete one.
function checkAddress(address: string, report: (message: string) => void, mayHaveQuery = false): void {
  if (!/^(?:https?:\/\/[^/\s]|\{\{\s*settings\.)/i.test(address))
    report('must begin with https:// or http://, or with a setting such as {{settings.baseUrl}}')
  else if (/\s/.test(address.replaceAll(/\{\{[^}]*\}\}/g, ''))) report('must not hold blanks')
  else if (!mayHaveQuery && /[?#]/.test(address)) report('must not hold ? or #')
  else if (/^https?:\/\/[^/]*@/i.test(address)) report('must not hold a user name or password: choose a sign-in')
}

function checkNames(names: readonly string[], report: (index: number) => void): void {
  for (const [index, name] of names.entries()) if (names.indexOf(name) !== index) report(index)
}

function usesName(given: string, name: string): boolean {
  try {
    return parseText(given).some((part) => 'name' in part && part.name === name)
  } catch {
    // Told as a problem of its placeholders.
    return false
  }
}
