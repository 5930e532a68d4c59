// Marks a setting as a credential: it is sealed in its own column, never shown again and never logged.
import { z } from 'zod'

/** A text setting that is stored encrypted. */
export function secret(): z.ZodString {
  return z.string().min(1).meta({ secret: true })
}

/** The names of the settings of a schema that were marked with `secret()`. */
export function secretSettings(schema: z.ZodType | null): readonly string[] {
  if (!(schema instanceof z.ZodObject)) return []
  return Object.entries(schema.shape)
    .filter(([, field]) => isMarked(field))
    .map(([name]) => name)
}

// .optional(), .default() and .transform() wrap the marked field.
function isMarked(field: unknown): boolean {
  if (!(field instanceof z.ZodType)) return false
  if (field.meta()?.secret === true) return true
  if (field instanceof z.ZodOptional || field instanceof z.ZodDefault || field instanceof z.ZodNullable) {
    return isMarked(field.def.innerType)
  }
  if (field instanceof z.ZodPipe) return isMarked(field.def.in)
  return false
}
