// A mapping as a file: what it is written as, and how it is read again. There is nothing secret in it. Pure.
import { z } from 'zod'
import { parseMappings } from '../../connections/connection-mappings.ts'
import { isErrorKind, messageOf } from '../../errors.ts'
import { type MappingDocument, mappingDocumentSchema } from '../../sdk/mapping.ts'
import { issueSentences } from '../../sdk/zod-words.ts'

const format = 'outbound-sync mappings'
const formatVersion = 1

const fileSchema = z.object({
  format: z.literal(format),
  formatVersion: z.literal(formatVersion),
  provider: z.string(),
  providerVersion: z.string(),
  mappings: z.unknown(),
})
const maxProblemCount = 30

export interface MappingFile {
  provider: string
  providerVersion: string
  document: MappingDocument
}

export function writeMappingFile({
  provider,
  providerVersion,
  document,
  exportedAt,
}: MappingFile & { exportedAt: Date }): string {
  const file = { format, formatVersion, provider, providerVersion, exportedAt, mappings: document }
  return `${JSON.stringify(file, null, 2)}\n`
}

/** Every problem names its place in the file. */
export function readMappingFile(text: string, connectionName: string): MappingFile | { problems: readonly string[] } {
  if (text.trim() === '') return { problems: ['Paste what is in the file.'] }
  let json: unknown
  try {
    // Some editors begin a file with a mark for its encoding.
    json = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    return { problems: [`This is no JSON: ${messageOf(error)}.`] }
  }
  const file = fileSchema.safeParse(json)
  if (!file.success) {
    return {
      problems: [
        `This is no file of mappings: it has to begin with { "format": "${format}", "formatVersion": ${formatVersion}, as one that was saved here does.`,
        ...sentences(file.error, json, 'the file', []),
      ],
    }
  }
  const { provider, providerVersion, mappings } = file.data
  const parsed = mappingDocumentSchema.safeParse(mappings)
  if (!parsed.success) return { problems: sentences(parsed.error, json, 'mappings', ['mappings']) }
  try {
    return { provider, providerVersion, document: parseMappings(parsed.data, connectionName) }
  } catch (error) {
    if (!isErrorKind(error, 'SyncConfigError')) throw error
    return { problems: [messageOf(error)] }
  }
}

function sentences(error: z.ZodError, input: unknown, whole: string, under: readonly string[]): readonly string[] {
  const issues = error.issues.map((issue) => ({ ...issue, path: [...under, ...issue.path] }))
  return issueSentences(issues.slice(0, maxProblemCount), { whole, input }).map((sentence) => `${sentence}.`)
}
