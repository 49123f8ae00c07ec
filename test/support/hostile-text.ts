import fc from 'fast-check'

/** What HAProxy gives a meaning, in a file or on its socket. */
const hostile = fc.constantFrom(
  ...[
    ' ',
    '\n',
    '\r\n',
    '\t',
    '"',
    "'",
    '\\',
    ';',
    '#',
    '{',
    '}',
    '\0',
    '\u00a0',
    '\u2028',
    'é',
    '$',
    '%'
  ],
  ...[
    '`',
    '&',
    '|',
    '<',
    '>',
    '(',
    ')',
    '[',
    ']',
    ',',
    '=',
    '-',
    '@',
    '?',
    '*',
    '!',
    '\u007f',
    '\ud800'
  ],
  ...[
    '\n  server evil 1.2.3.4:80',
    '; disable server a/b',
    '%[env(HOME)]',
    `$${'{HOME}'}`,
    '\\n  bind :1'
  ],
  ...[
    '"; http-request deny',
    '{ always_true }',
    'unless',
    '-f /etc/passwd',
    '@folder@',
    '\nbackend x'
  ]
)
const plain = fc.constantFrom('a', 'b1', 'shop', '0', '.', '-', '_', '/', ':', 'example.com', 'x-y')
/** Texts of them and of what is plain. */
export const hostileText = fc
  .array(fc.oneof(hostile, plain), { maxLength: 6 })
  .map((parts) => parts.join(''))
/** Often right, so that more than refusals is tried. */
export const orRight = (...right: readonly string[]) =>
  fc.oneof(hostileText, fc.constantFrom(...right))
