/** Fields of an answer that a plane makes or changes. */
const NAMES = 'location|strict-transport-security|www-authenticate'

/** Those fields of the head of an answer, `name: value` with the name in lower case, sorted. */
export function answerFieldsOf(head: string): readonly string[] {
  return [...head.matchAll(new RegExp(`^(${NAMES}):[ \\t]*(.*?)[ \\t]*$`, 'gim'))]
    .map(([, name = '', value = '']) => `${name.toLowerCase()}: ${value}`)
    .sort()
}

/** What a stand-in answers with when a request asks for it, by the field that asks. */
export const askedFields: ReadonlyMap<string, string> = new Map([
  ['x-gateway-asks-location', 'Location'],
  ['x-gateway-asks-hsts', 'Strict-Transport-Security']
])
