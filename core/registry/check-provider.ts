// Whether a provider class can be run by this version. Checked when its plugin is loaded, so that a mistake is told by name
// at the start and not at the first order.
import semver from 'semver'
import { z } from 'zod'
import { authMechanisms } from '../sdk/auth.ts'
import { externalTypes } from '../sdk/external-object-type.ts'
import { mappingDocumentSchema, updateModes } from '../sdk/mapping.ts'
import { granularities, type ProviderClass } from '../sdk/provider.ts'

// Part of the contract, not run yet. A provider that has one would be asked for something else than it was written for.
const laterMethods = ['startRun', 'syncRun', 'endRun'] as const

const baseMethods = ['shouldSync', 'nextRetryDate', 'finalizeSync', 'close'] as const

const named = z.string().min(1, 'must not be empty').max(128, 'must have at most 128 characters')
const label = z.string()
const option = z.object({ key: z.string(), label })
/** What a provider declares, and what it has discovered: the latter is remote input. */
export const objectTypeSchema = z.object({
  name: named,
  label,
  fields: z.array(z.object({ key: named, label, type: z.enum(externalTypes), options: z.array(option).optional() })),
  idFields: z.array(named),
})

const madeBy = 'auth must be made by basicAuth, apiKeyAuth, sessionAuth, digestAuth or oauth2Auth, or be null'

const declarationSchema = z.object({
  identifier: named,
  version: z.string().refine((text) => semver.valid(text) === text, 'must be a semantic version such as 1.0.0'),
  displayName: z.string(),
  description: z.string().optional(),
  maxAttempts: z.int().min(1, 'must be at least 1'),
  retryForMs: z.int().min(1, 'must be at least 1').nullable(),
  listFieldJoiner: z.string().min(1, 'must not be empty').nullable(),
  updateModes: z.array(z.enum(updateModes)).min(1, 'must name at least one mode'),
  settings: z.instanceof(z.ZodObject, { error: 'must be a z.object(...) or null' }).nullable(),
  auth: z
    .looseObject(
      { mechanism: z.enum(authMechanisms, madeBy), fields: z.instanceof(z.ZodObject, { error: madeBy }) },
      madeBy,
    )
    .nullable(),
  accountSettings: z.array(z.string()),
  externalObjectTypes: z.array(objectTypeSchema),
  defaultMappings: mappingDocumentSchema,
  limits: z.object({
    concurrency: z.int().min(1).max(1000).optional(),
    rate: z.object({ calls: z.int().min(1), perSeconds: z.number().positive() }).optional(),
    objectTimeoutMs: z.int().min(1).optional(),
    subjectTimeoutMs: z.int().min(1).optional(),
    batchSize: z.int().min(1).optional(),
  }),
  canChangeIdentity: z.boolean(),
  granularity: z.enum(granularities),
})

/** Null when the provider can be run, else what is wrong, as the end of a sentence that begins with its name. */
export function checkProvider(provider: ProviderClass): string | null {
  if (!provider.identifier) return 'has no static identifier'
  // A class is a function, which zod takes for no object.
  const declared = Object.fromEntries(
    Object.keys(declarationSchema.shape).map((key) => [key, Reflect.get(provider, key)]),
  )
  const parsed = declarationSchema.safeParse(declared)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return `has a static ${issue?.path.map(String).join('.')} that cannot be used: ${issue?.message}`
  }
  return checkVerbs(provider) ?? checkReferences(parsed.data)
}

function checkVerbs(provider: ProviderClass): string | null {
  const prototype: unknown = Reflect.get(provider, 'prototype')
  const has = (method: string) =>
    typeof prototype === 'object' && prototype !== null && typeof Reflect.get(prototype, method) === 'function'
  // By its methods and not by instanceof: a plugin may bring its own copy of the base class.
  if (!baseMethods.every(has)) return 'is not derived from OutboundSyncProvider'
  if (!has('syncObjectWithProperties')) return 'has no method syncObjectWithProperties'
  if (provider.granularity === 'run') {
    return 'has the granularity "run", which this version of outbound-sync does not run yet: use "object" or "batch"'
  }
  if (provider.granularity === 'batch' && !has('syncObjects')) {
    return 'has the granularity "batch" and no method syncObjects, which is what it would be called with'
  }
  if (provider.granularity === 'object' && has('syncObjects')) {
    return "has the method syncObjects, which is only called with `static granularity = 'batch'`: declare it"
  }
  const later = laterMethods.find(has)
  if (later) return `has the method ${later}, which this version of outbound-sync does not call yet: remove it`
  return null
}

function checkReferences(declaration: z.infer<typeof declarationSchema>): string | null {
  const settingNames = Object.keys(declaration.settings?.shape ?? {})
  const authNames = Object.keys(declaration.auth?.fields.shape ?? {})
  const shared = authNames.find((name) => settingNames.includes(name))
  // Both are filled in in one form.
  if (shared !== undefined) return `has a setting "${shared}", which is also a field of its auth: rename the setting`
  const missing = declaration.accountSettings.find((name) => ![...settingNames, ...authNames].includes(name))
  if (missing !== undefined) return `names "${missing}" in accountSettings, which is none of its settings`
  const typeTwice = firstRepeated(declaration.externalObjectTypes.map(({ name }) => name))
  if (typeTwice !== undefined) return `declares the external object type "${typeTwice}" twice`
  const keyTwice = firstRepeated(declaration.defaultMappings.map(({ key }) => key))
  if (keyTwice !== undefined) return `has two default mappings with the key "${keyTwice}"`
  return null
}

/** The first text that stands in the list a second time. */
export function firstRepeated(texts: readonly string[]): string | undefined {
  return texts.find((text, index) => texts.indexOf(text) !== index)
}
