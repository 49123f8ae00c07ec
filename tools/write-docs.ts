import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generatedPages } from './generated-pages.ts'

/** Writes the pages of `docs/` that are made from the code. */
const folder = join(import.meta.dirname, '../docs')

for (const [name, text] of Object.entries(generatedPages())) {
  writeFileSync(join(folder, name), text)
  console.log(`docs/${name}`)
}
