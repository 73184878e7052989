// The formats of event, outage and calendar files as JSON Schema, for completion and checks in editors.
import * as z from 'zod'
import { calendarFileSchema } from './calendar-schema.ts'
import { outageFileSchema } from './outage-schema.ts'
import { eventFileSchema } from './schema.ts'

/** File names in scenarios/ and what they hold. */
export function jsonSchemas(): Record<`${'event' | 'outage' | 'calendar'}.schema.json`, object> {
  return {
    'event.schema.json': describeFormat(eventFileSchema, 'micropop event'),
    'outage.schema.json': describeFormat(outageFileSchema, 'micropop outage'),
    'calendar.schema.json': describeFormat(calendarFileSchema, 'micropop calendar'),
  }
}

/** `input`: the file as it is written, before units are read. */
function describeFormat(schema: z.ZodType, title: string): object {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' })
  return { $schema, title, ...rest }
}
