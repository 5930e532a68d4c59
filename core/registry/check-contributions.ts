// Whether what a plugin's setup handed back has the shape of its contract, before anything of it is used.
import { z } from 'zod'
import type { PluginContext, PluginContributions } from '../sdk/plugin.ts'
import { checkTaps } from './check-plugin.ts'
import { firstRepeated } from './check-provider.ts'

const callable = z.custom((value) => typeof value === 'function', 'must be a function')
const named = z.string().min(1, 'must not be empty').max(128, 'must have at most 128 characters')

const sourceModelSchema = z.object({
  name: named,
  label: z.string(),
  labelPlural: z.string(),
  inputs: z.array(z.string()),
  nested: z.record(named, z.object({ label: z.string(), inputs: z.array(z.string()) })),
  labelOf: callable.optional(),
  hasFixedFields: z.boolean().optional(),
  filters: z.array(z.object({ key: named, label: z.string(), type: z.enum(['text', 'date', 'choice']) })),
  fields: callable,
  load: callable,
  page: callable,
  count: callable,
})

const contributionsSchema = z.strictObject({
  sourceModels: z.array(sourceModelSchema).optional(),
  taps: z.record(z.string(), z.unknown()).optional(),
  cli: z.array(z.object({ name: named, summary: z.string(), run: callable })).optional(),
  pages: z
    .array(z.object({ method: z.enum(['GET', 'POST']), path: z.string().startsWith('/'), handle: callable }))
    .optional(),
  receivers: z.array(z.object({ path: z.string().startsWith('/'), receive: callable })).optional(),
  services: z.array(z.object({ name: named, start: callable })).optional(),
  started: callable.optional(),
  close: callable.optional(),
})

/** Null when the contributions can be used, else the end of a sentence that begins with the plugin. */
export function checkContributions(
  contributions: PluginContributions,
  { signals }: Pick<PluginContext, 'signals'>,
): string | null {
  const parsed = contributionsSchema.safeParse(contributions)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const place = issue?.path.length ? `${issue.path.map(String).join('.')}: ` : ''
    return `set up something that cannot be used: ${place}${issue?.message}`
  }
  const pageTwice = firstRepeated((contributions.pages ?? []).map(({ method, path }) => `${method} ${path}`))
  if (pageTwice !== undefined) return `has two pages for ${pageTwice}`
  const receiverTwice = firstRepeated((contributions.receivers ?? []).map(({ path }) => path))
  if (receiverTwice !== undefined) return `has two receivers for ${receiverTwice}`
  return contributions.taps ? checkTaps(contributions.taps, Object.keys(signals)) : null
}
