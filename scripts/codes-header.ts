// The firmware's C header of the diagnostic codes, made of hub/wire/codes.ts.
import { DIAGNOSTIC_CODES, SEVERITY, SUBSYSTEMS } from '../hub/wire/codes.ts'

const hex = (code: number) => `0x${code.toString(16)}`
const quoted = (text: string) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`

/** The header's whole text, ASCII but for the strings, which are UTF-8. */
export const codesHeader =
  (): string => `/* Diagnostic codes: subsystem digit x 0x1000 + number. Made by \`npm run vectors\` from hub/wire/codes.ts: change that. */
#ifndef ROOST_CODES_H
#define ROOST_CODES_H

#include <stdint.h>

enum roost_severity {
${Object.entries(SEVERITY)
  .map(([name, value]) => `  ROOST_SEVERITY_${name.toUpperCase()} = ${value},`)
  .join('\n')}
};

enum roost_subsystem {
${Object.entries(SUBSYSTEMS)
  .map(([digit, name]) => `  ROOST_SUBSYSTEM_${name} = ${digit},`)
  .join('\n')}
};

/* X(name, code, severity, meaning) for each, in order of code. */
#define ROOST_CODE_LIST(X) \\
${DIAGNOSTIC_CODES.map(({ name, code, severity, meaning }) => `  X(${name}, ${hex(code)}, ${severity}, ${quoted(meaning)})`).join(' \\\n')}

enum roost_code {
#define ROOST_CODE_ENUM(name, code, severity, meaning) ROOST_CODE_##name = (code),
  ROOST_CODE_LIST(ROOST_CODE_ENUM)
#undef ROOST_CODE_ENUM
};

#define ROOST_CODE_SUBSYSTEM(code) ((uint16_t)(code) >> 12)

#endif
`
