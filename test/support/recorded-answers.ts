import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What an HAProxy said, by the name of what it was asked; the bytes as they came. */
export type RecordedAnswers = ReadonlyMap<string, string>

export interface Recording {
  /** Of the file: `3.0.11` ran here, `3.4-by-hand` did not. */
  readonly name: string
  readonly answers: RecordedAnswers
}

const FOLDER = join(import.meta.dirname, '../plugins/haproxy/apply/recorded')

/** All recordings, oldest version first. */
export function readRecordings(): Recording[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.txt'))
  return files.sort().map((file) => {
    const answers = parseRecording(readFileSync(join(FOLDER, file), 'utf8'))
    return { name: file.slice(0, -'.txt'.length), answers }
  })
}

export function recordingFile(name: string): string {
  return join(FOLDER, `${name}.txt`)
}

export interface RecordedExchange {
  readonly name: string
  readonly sent: string
  readonly answer: string
}

/** Text to read and compare: `==` a name, `>` what was sent, `|` a line of the answer. */
export function writeRecording(title: string, exchanges: readonly RecordedExchange[]): string {
  const blocks = exchanges.map(({ name, sent, answer }) => {
    const asked = sent.replace(/\n$/, '').split('\n')
    const said = answer.split('\n')
    return [`== ${name}`, ...asked.map((line) => `> ${line}`), ...said.map((line) => `|${line}`)]
  })
  return `# ${title}\n${blocks.map((block) => `\n${block.join('\n')}\n`).join('')}`
}

export function parseRecording(text: string): RecordedAnswers {
  const answers = new Map<string, string>()
  for (const block of text.split('\n== ').slice(1)) {
    const [name = '', ...lines] = block.split('\n')
    const said = lines.filter((line) => line.startsWith('|')).map((line) => line.slice(1))
    answers.set(name, said.join('\n'))
  }
  return answers
}
